// JavaScript, since the SDK's runner of packs would hand a TypeScript entry to a compiler of its own. Node reads the rest.
import './pack.ts';

import type { dynamic } from '@pulumi/pulumi';

/**
 * The provider that the engine serialises into every user's state: it only asks the registry, which is loaded when it is
 * called. The registry's path, relative to the program's folder, must never change: old state calls it with old code.
 */
export function gateStub(kind: string): dynamic.ResourceProvider {
  return {
    configure: async (r) => (await import('../gates/registry.ts' as string)).configure(r),
    check: async (o, n) => (await import('../gates/registry.ts' as string)).call(kind, 'check', [o, n]),
    diff: async (i, o, n) => (await import('../gates/registry.ts' as string)).call(kind, 'diff', [i, o, n]),
    create: async (n) => (await import('../gates/registry.ts' as string)).call(kind, 'create', [n]),
    update: async (i, o, n) => (await import('../gates/registry.ts' as string)).call(kind, 'update', [i, o, n]),
    read: async (i, p) => (await import('../gates/registry.ts' as string)).call(kind, 'read', [i, p]),
    delete: async (i, p) => (await import('../gates/registry.ts' as string)).call(kind, 'delete', [i, p]),
  };
}

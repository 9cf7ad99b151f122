import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';

/** The adapter knows no columns of type `name` (oid 19), which the engine reads from the catalog: they are text (25) to it. */
class Client extends pg.Client {
  _handleRowDescription(message) {
    for (const field of message.fields) if (field.dataTypeID === 19) field.dataTypeID = 25;
    super._handleRowDescription(message);
  }
}

// The engine that comes with the package, over an adapter: no binary is fetched.
export default {
  schema: `${process.env.PRISMA_FOLDER}/schema.prisma`,
  engine: 'js',
  experimental: { adapter: true },
  migrations: { path: `${process.env.PRISMA_FOLDER}/migrations` },
  adapter: async () => new PrismaPg(new pg.Pool({ connectionString: process.env.DATABASE_URL, Client })),
};

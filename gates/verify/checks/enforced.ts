/** SQL of whether the constraint `k` is enforced: PostgreSQL 18 has some that are not, which promise nothing of any row. */
export const enforced = `coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)`;

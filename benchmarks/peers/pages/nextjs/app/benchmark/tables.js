// What stands for a database: the rows of each visitor. Pages and actions may be bundled apart, so it is global.
import "server-only";
import { cookies } from "next/headers";

const tables = (globalThis.tables ??= new Map());
const EMPTY = { rows: [], selected: null, lastId: 0, count: 0 };

export async function readTable() {
  const visitor = (await cookies()).get("visitor")?.value;
  return tables.get(visitor) ?? EMPTY;
}

export async function ownTable() {
  const store = await cookies();
  let visitor = store.get("visitor")?.value;
  if (!visitor) store.set("visitor", (visitor = crypto.randomUUID()), { httpOnly: true, sameSite: "lax" });
  if (!tables.has(visitor)) tables.set(visitor, { ...EMPTY });
  return tables.get(visitor);
}

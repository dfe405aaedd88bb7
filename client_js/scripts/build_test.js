// Bundles the tree and the codec, readable, for tests in a real browser:
//     npm run build:test -- --outfile path/to/parts.js
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { outfile: { type: "string" } } });
if (!values.outfile) {
  console.error("Say where the bundle goes: npm run build:test -- --outfile path/to/parts.js");
  process.exit(2);
}
await build({
  entryPoints: [fileURLToPath(new URL("../src/driven.ts", import.meta.url))],
  outfile: values.outfile,
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
});

// Bundles src/index.ts into the Python package and prints what it weighs. The same sources give the same bytes.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const outfile = fileURLToPath(new URL("../../reactor/static/client.js", import.meta.url));
await build({
  entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
  outfile,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
});
const bytes = readFileSync(outfile);
console.log(`client.js: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);

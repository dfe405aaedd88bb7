// Bundles the sources into the Python package and prints what they weigh. The same sources give the same bytes.
import { build } from "esbuild";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

/** What every page loads; what those do that listen, that send large files, onto which files are dropped; what only a developer loads. */
const BUNDLES = { "client.js": "index.ts", "line.js": "line.ts", "pieces.js": "pieces.ts", "drops.js": "drops.ts", "overlay.js": "overlay.ts" };

for (const [name, source] of Object.entries(BUNDLES)) {
  const {
    outputFiles: [bundle],
  } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${source}`, import.meta.url))],
    write: false,
    bundle: true,
    // They are loaded when they are needed, from beside the client.
    external: ["./pieces.js", "./drops.js", "./overlay.js"],
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
  });
  // A second pass by another hand saves four per cent.
  const { code } = await minify(bundle.text, { module: true, ecma: 2020, compress: { passes: 3 } });
  const bytes = Buffer.from(code + "\n");
  writeFileSync(fileURLToPath(new URL(`../../reactor/static/${name}`, import.meta.url)), bytes);
  console.log(`${name}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
}

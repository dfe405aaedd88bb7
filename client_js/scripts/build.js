// Bundles the sources into the Python package and prints what they weigh. The same sources give the same bytes.
//
// `client.js` is what every page loads; the other files are parts that few pages need (src/parts.ts). A module is in one file
// only: what a part wants of the client's modules it imports from `client.js`, which gives it under a short name.
import { build } from "esbuild";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { minify } from "terser";
import { shortened } from "./short.js";

const SOURCES = fileURLToPath(new URL("../src/", import.meta.url));
const OUTPUT = fileURLToPath(new URL("../../reactor/static/", import.meta.url));
/** Without a state: each file has what it uses of them. */
const COPIED = ["forms.ts", "protocol.ts", "types.ts"];
const OPTIONS = { write: false, bundle: true, minify: true, metafile: true, absWorkingDir: SOURCES, format: "esm", target: "es2022", charset: "utf8", legalComments: "none" };

const { sources, brought } = shortened(fileURLToPath(new URL("../tsconfig.json", import.meta.url)), SOURCES);
const shortening = {
  name: "shortening",
  setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, ({ path }) => ({ contents: sources.get(path), loader: "ts" })),
};
/** Those that are loaded by name; others show themselves by an import. */
const named = [...sources.get(`${SOURCES}parts.ts`).matchAll(/typeof import\("(\.\/\w+)"\)/g)].map(([, path]) => path);
const parts = new Set(named);
/** Parts are loaded from beside the client. */
const loading = {
  name: "loading",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\// }, ({ path, kind }) => {
      if (kind !== "dynamic-import") return undefined;
      parts.add(path);
      return { path: `${path}.js`, external: true };
    }),
};
/** Modules of the client are not part of a part. */
const sharing = (modules) => ({
  name: "sharing",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\// }, ({ path, kind, resolveDir }) => {
      const name = basename(resolve(resolveDir, `${path}.ts`));
      return kind === "import-statement" && modules.has(name) && !COPIED.includes(name) ? { path, external: true } : undefined;
    }),
});
const modulesOf = ({ metafile }) => Object.keys(metafile.inputs).map((name) => basename(name));
const textOf = ({ outputFiles: [file] }) => file.text;
const EXPORTS = /export\{([^}]*)\};?\s*$/;
const pairsIn = (list) => list.split(",").map((each) => each.split(" as "));
/** What a part gives, under the short names by which others ask for it. */
const given = (_, list) => `export{${pairsIn(list).flatMap(([local, name = local]) => (brought.has(name) ? `${local} as ${brought.get(name)}` : []))}};`;

const core = new Set(modulesOf(await build({ ...OPTIONS, entryPoints: ["index.ts"], plugins: [shortening, loading] })));
const bundles = {};
const homes = {};
for (const part of parts) {
  const made = await build({ ...OPTIONS, entryPoints: [`${part}.ts`], plugins: [shortening, loading, sharing(core)] });
  for (const name of modulesOf(made).filter((name) => !COPIED.includes(name))) {
    if (homes[name]) throw new Error(`${name} would be in ${homes[name]} and in ${part}, each with a state of its own`);
    homes[name] = part;
  }
  bundles[part] = named.includes(part) ? textOf(made).replace(EXPORTS, given) : textOf(made);
}

/** A second pass by another hand saves four per cent. */
const smaller = async (text) => (await minify(text, { module: true, ecma: 2020, compress: { passes: 3, hoist_funs: true } })).code;
const IMPORT = /import\{([^}]*)\}from"(\.\/\w+)";/g;
/** What a text imports from the client: module, name, and the name that it has in the text. */
const importsIn = (text) => [...text.matchAll(IMPORT)].flatMap(([, list, path]) => pairsIn(list).map(([name, local = name]) => [path, name, local]));

const shared = [...new Set(Object.values(bundles).flatMap(importsIn).map(([path, name]) => `${path} ${name}`))].sort();
const exported = shared.map((each, i) => `export { ${each.split(" ")[1]} as shared${i} } from "${each.split(" ")[0]}";`);
const entry = { contents: ['import "./index";', ...exported].join("\n"), resolveDir: SOURCES, sourcefile: "client.ts", loader: "ts" };
const client = await smaller(textOf(await build({ ...OPTIONS, stdin: entry, plugins: [shortening, loading] })));
// What is exported keeps the short name that it has got.
const [exports, list] = EXPORTS.exec(client);
const short = new Map(pairsIn(list).map(([local, name]) => [shared[Number(name.slice(6))], local]));
const files = { "client.js": client.replace(exports, `export{${[...short.values()].sort()}};`) };
for (const [part, text] of Object.entries(bundles)) {
  const wanted = importsIn(text).map(([path, name, local]) => `${short.get(`${path} ${name}`)} as ${local}`);
  files[`${basename(part)}.js`] = await smaller((wanted.length ? `import{${wanted}}from"./client.js";` : "") + text.replaceAll(IMPORT, ""));
}

for (const old of readdirSync(OUTPUT)) if (old.endsWith(".js")) rmSync(OUTPUT + old);
for (const [name, code] of Object.entries(files)) {
  const bytes = Buffer.from(code + "\n");
  writeFileSync(OUTPUT + name, bytes);
  console.log(`${name}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
}

// Short names for what only the client itself reads: properties of its own objects, and what parts bring (`more` in src/parts.ts).
//
// The compiler finds all places of a property, as it does for an editor that renames it, and then checks the types of the sources as
// they are now: a place that was missed does not fit any more. What types do not tell is looked for here, and ends the build.
import { dirname } from "node:path";
import ts from "typescript";

/** Types of objects that stay in the client: they are neither sent nor kept anywhere, and the page's own scripts do not see them. */
const OURS = ["Answered", "Block", "Call", "Content", "Cursor", "Deed", "Frame", "Handler", "Layer", "List", "Mender", "Prototype", "Raw", "Reply", "Template", "Tree", "UnderWay", "flow"];

/** The compiler, with these texts by path as its sources. */
const compiler = (texts, options, registry) =>
  ts.createLanguageService(
    {
      getCompilationSettings: () => options,
      getScriptFileNames: () => [...texts.keys()],
      getScriptVersion: (path) => ts.sys.createHash(texts.get(path) ?? ""),
      getScriptSnapshot: (path) => ts.ScriptSnapshot.fromString(texts.get(path) ?? ts.sys.readFile(path)),
      getCurrentDirectory: () => dirname(options.configFilePath),
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
    },
    registry,
  );

/** Calls `work` with each node of the sources. */
function walk(program, paths, work) {
  const visit = (node) => void (work(node), ts.forEachChild(node, visit));
  for (const path of paths) visit(program.getSourceFile(path));
}

function fail(node, text) {
  const file = node.getSourceFile();
  throw new Error(`${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${text}`);
}

/** The names of the properties that a class, an interface or an object declares. */
function propertiesOf({ members, initializer }) {
  const list = members ?? (initializer && ts.isObjectLiteralExpression(initializer) ? initializer.properties : []);
  return list.flatMap((each) => (ts.isConstructorDeclaration(each) ? each.parameters.filter(({ modifiers }) => modifiers) : each)).map(({ name }) => name);
}

/** A short name for each of these, the shortest for those that are there most. */
function shorten(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const short = [...letters, ...letters.flatMap((letter) => [...Array(10).keys()].map((i) => letter + i))];
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name], i) => [name, short[i]]));
}

/** The texts with each [path, start, length, text] put in. */
function edited(texts, edits) {
  const result = new Map(texts);
  for (const [path, start, length, text] of edits.sort(([, a], [, b]) => b - a)) {
    const before = result.get(path);
    result.set(path, before.slice(0, start) + text + before.slice(start + length));
  }
  return result;
}

/** [path, start, length, new name] of all places of the properties of our types; and the new names by the old ones. */
function renamings(service, paths) {
  const missing = new Set(OURS);
  const places = new Map();
  walk(service.getProgram(), paths, (node) => {
    const isDeclaration = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isVariableDeclaration(node);
    if (!isDeclaration || !OURS.includes(node.name.text)) return;
    missing.delete(node.name.text);
    for (const name of propertiesOf(node)) {
      for (const place of service.findRenameLocations(node.getSourceFile().fileName, name.getStart(), false, false, { providePrefixAndSuffixTextForRename: true })) {
        places.set(`${place.fileName} ${place.textSpan.start}`, [name.text, place]);
      }
    }
  });
  if (missing.size) throw new Error(`there is no ${[...missing]}`);
  const properties = shorten([...places.values()].map(([name]) => name));
  const edits = [...places.values()].map(([name, { fileName, textSpan: { start, length }, prefixText = "", suffixText = "" }]) => [
    fileName,
    start,
    length,
    prefixText + properties.get(name) + suffixText,
  ]);
  return { edits, properties };
}

/** Ends the build if anything about the renamed sources is wrong. */
function check(service, paths, properties) {
  for (const path of paths) {
    for (const { file, start, messageText } of [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)]) {
      throw new Error(`${path} with short names, at "${file.text.slice(start).split("\n")[0]}": ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
    }
  }
  const program = service.getProgram();
  const checker = program.getTypeChecker();
  walk(program, paths, (node) => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword && ts.isStringLiteral(node.left) && properties.has(node.left.text)) fail(node, "a name in quotes may have become a short one");
    if (!ts.isObjectLiteralExpression(node)) return;
    // What is mixed into an object of ours needs no type: it would have its long names still.
    const isAssigned = ts.isCallExpression(node.parent) && node.parent.expression.getText() === "Object.assign";
    const mixed = [...(isAssigned ? node.parent.arguments : []), ...node.properties.filter(ts.isSpreadAssignment).map(({ expression }) => expression)];
    for (const { name } of node.properties) {
      const short = name && properties.get(name.text);
      if (short && mixed.some((each) => each !== node && checker.getTypeAtLocation(each).getProperty(short))) fail(name, `give the object with "${name.text}" a type (satisfies …)`);
    }
  });
}

/** Where the sources ask for what parts bring. */
function askedIn(program, paths) {
  const asked = [];
  walk(program, paths, (node) => {
    if (!ts.isIdentifier(node) || node.text !== "more" || !(program.getTypeChecker().getSymbolAtLocation(node).flags & ts.SymbolFlags.Alias)) return;
    if (ts.isPropertyAccessExpression(node.parent)) asked.push(node.parent.name);
    else if (!ts.isImportSpecifier(node.parent) && !ts.isCallExpression(node.parent)) fail(node, "each thing that parts bring is asked for by its name (more.…)");
  });
  return asked;
}

/**
 * The sources of a project that are in a folder, by path, with short names; and the short names of what parts bring, by the long ones.
 */
export function shortened(configuration, folder) {
  const { fileNames, options } = ts.getParsedCommandLineOfConfigFile(configuration, {}, ts.sys);
  const texts = new Map(fileNames.filter((path) => path.startsWith(folder)).map((path) => [path, ts.sys.readFile(path)]));
  const paths = [...texts.keys()];
  const registry = ts.createDocumentRegistry();
  const { edits, properties } = renamings(compiler(texts, options, registry), paths);
  const renamed = edited(texts, edits);
  const service = compiler(renamed, options, registry);
  check(service, paths, properties);
  const asked = askedIn(service.getProgram(), paths);
  const brought = shorten(asked.map(({ text }) => text));
  const sources = edited(renamed, asked.map((name) => [name.getSourceFile().fileName, name.getStart(), name.text.length, brought.get(name.text)]));
  return { sources, brought };
}

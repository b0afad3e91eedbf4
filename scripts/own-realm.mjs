/**
 * The engine in a realm of its own (src-ts/util/realm.ts says why): what the sources write as ordinary JavaScript uses
 * built-ins that no program can have changed.
 */
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Folders and files that only ever run as part of the engine; others hand their arrays to programs. */
const isEngine = (file) =>
  /\/src-ts\/(runtime|aot|cache|util|wasm|abi|x64|wasi)\//.test(file) ||
  /\/src-ts\/(errors|cached|addon|options)\.ts$/.test(file);

/** Arrays in these are for programs. */
const HANDED_OUT = new Set(['util/realm.ts', 'util/hand-out.ts']);

/** Methods of strings, numbers and functions that the engine uses. What has one of its own keeps it. */
const OF_PRIMITIVES = new Set(
  'split slice substring indexOf includes startsWith endsWith padStart padEnd replace replaceAll match trim repeat at charCodeAt codePointAt toString toLowerCase concat localeCompare call apply bind'.split(
    ' ',
  ),
);

/**
 * Array literals become calls of `realmList`, which makes arrays with the untouched prototype; methods that primitive values
 * and functions have become functions of `realmPrimitive`; options that were not given are `realmNone`, and objects
 * that are made to be an argument inherit nothing.
 */
export function ownRealm(root) {
  const sources = path.join(root, 'src-ts');
  return {
    name: 'own-realm',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        if (!isEngine(file) || HANDED_OUT.has(path.relative(sources, file))) return undefined;
        return { contents: rewrite(await fs.promises.readFile(file, 'utf8'), file), loader: 'ts' };
      });
    },
  };
}

function rewrite(text, file) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const edits = [];
  const visit = (node) => {
    if (ts.isArrayLiteralExpression(node) && !isPattern(node))
      edits.push([node.getStart(), 1, 'realmList('], [node.end - 1, 1, ')']);
    else if (ts.isObjectLiteralExpression(node) && node.properties.length === 0 && isDefault(node))
      edits.push([node.getStart(), node.getWidth(), 'realmNone']);
    else if (ts.isObjectLiteralExpression(node) && isArgument(node))
      edits.push([node.getStart(), 1, '{ __proto__: null, ']);
    else if (ts.isCallExpression(node) && isOfPrimitive(node.expression)) {
      const { expression: receiver, name, end } = node.expression;
      const paren = text.indexOf('(', end);
      const comma = node.arguments.length > 0 ? ', ' : '';
      edits.push(
        [receiver.getStart(), 0, `realmPrimitive.${name.text}(`],
        [receiver.end, paren + 1 - receiver.end, comma],
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  if (edits.length === 0) return text;
  let out = '';
  let at = 0;
  // Of two at one place the outer one, which was found first, stays first.
  for (const [start, length, replacement] of edits.sort((a, b) => a[0] - b[0])) {
    out += text.slice(at, start) + replacement;
    at = start + length;
  }
  return out + text.slice(at);
}

const isDefault = ({ parent }) => ts.isParameter(parent) || ts.isBindingElement(parent);

/** Of a function of ours: methods may keep it or hand it out. */
const isArgument = ({ parent }) =>
  (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && ts.isIdentifier(parent.expression);

const isOfPrimitive = (callee) =>
  ts.isPropertyAccessExpression(callee) &&
  callee.questionDotToken === undefined &&
  !ts.isOptionalChain(callee) &&
  callee.expression.kind !== ts.SyntaxKind.SuperKeyword &&
  OF_PRIMITIVES.has(callee.name.text);

/** Whether an array literal is what is assigned to, by itself or inside of such a one. */
function isPattern(node) {
  const { parent } = node;
  if (ts.isBinaryExpression(parent))
    return parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  if (ts.isForOfStatement(parent)) return parent.initializer === node;
  return ts.isArrayLiteralExpression(parent) && isPattern(parent);
}

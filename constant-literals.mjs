/**
 * A plugin for esbuild: numbers that modules export as constants (`HUGE_PAGES`, `FrameFlag.LOCKED`) become literals in the bundle, and
 * functions at the top that only return something (`pteFrame`) become constants.
 *
 * esbuild makes `var` of every `const` at the top of a bundled module, and knows no constant objects. To V8 a flag or a shift is then a
 * variable that anybody may change: hot loops load each again and again and test what it is; so they do with a function, which may be declared anew. Sources: esbuild's js_parser.go
 * (selectLocalKind), V8's js-context-specialization.cc (ReduceJSLoadContext).
 *
 * Invariant: a name is replaced only if it begins with a capital, is declared at the top with a value that is known here, and nothing in the
 * bundle assigns to it or to a property of it. esbuild gives no local variable the name of one at the top. A function becomes a constant only if
 * nothing in front of it names it; one that is called through another before it is declared would be an error at each start. Lines stay where they are, and nearly all columns, so source
 * maps stay true.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import ts from 'typescript';

export const constantLiterals = {
  name: 'constant-literals',
  setup(build) {
    build.initialOptions.write = false;
    build.onEnd(async ({ outputFiles = [] }) => {
      for (const { path, contents, text } of outputFiles) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, path.endsWith('.map') ? contents : withLiterals(text));
      }
    });
  },
};

function withLiterals(bundle) {
  const file = ts.createSourceFile('bundle.js', bundle, ts.ScriptTarget.Latest, true);
  const known = knownValues(file);
  const uses = [];
  const firstUse = new Map();
  const visit = (node) => {
    const name = nameOf(node);
    if (name !== undefined && !firstUse.has(name)) firstUse.set(name, node.pos);
    if (!known.has(name)) ts.forEachChild(node, visit);
    else if (isAssignedTo(node)) known.delete(name);
    else if (isRead(node)) uses.push({ name, from: node.getStart(file), to: node.end });
  };
  visit(file);
  const changes = uses
    .filter(({ name }) => known.has(name))
    .map(({ name, from, to }) => ({ from, to, text: literalOf(known.get(name)).padEnd(to - from) }))
    .filter(({ from, to, text }) => text.length === to - from);
  const functions = file.statements
    .filter((each) => returnsOnly(each) && firstUse.get(each.name.text) >= each.pos)
    .flatMap((each) => constantFunction(each, bundle, file));
  let [text, end] = ['', 0];
  for (const change of [...changes, ...functions].sort((one, other) => one.from - other.from)) {
    text += bundle.slice(end, change.from) + change.text;
    end = change.to;
  }
  return text + bundle.slice(end);
}

/** `function name(…) {` with nothing but a return, and nothing that an arrow function has not. */
function returnsOnly(node) {
  if (!ts.isFunctionDeclaration(node) || node.modifiers || node.asteriskToken) return false;
  const [only, ...more] = node.body.statements;
  return only !== undefined && more.length === 0 && ts.isReturnStatement(only) && !namesOwnCall(only);
}

function namesOwnCall(node) {
  if (node.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(node) && node.text === 'arguments')) return true;
  return ts.forEachChild(node, namesOwnCall) === true;
}

/** `function f(a) {\n  return a;\n}` becomes `const f=(a)=> {\n  return a\n};`. */
function constantFunction({ name, body }, bundle, file) {
  const [from, open, to] = [name.end - name.text.length - 'function '.length, body.getStart(file), body.end];
  const isPlain = bundle.startsWith('function ', from) && bundle[open - 1] === ' ' && bundle.endsWith(';\n}', to);
  if (!isPlain) return [];
  return [
    { from, to: name.end, text: `const ${name.text}=` },
    { from: open - 1, to: open, text: '=> ' },
    { from: to - 3, to, text: '\n};' },
  ];
}

/** Values of numbers, and of properties of objects that hold nothing else, which are declared at the top: by `NAME` and `Name.property`. */
function knownValues(file) {
  const known = new Map();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !ts.isIdentifier(name) || !/^[A-Z]/.test(name.text)) continue;
      if (ts.isObjectLiteralExpression(initializer)) {
        const values = initializer.properties.map((property) => valueOf(property.initializer, known));
        if (values.includes(undefined)) continue;
        initializer.properties.forEach((property, at) => known.set(`${name.text}.${property.name.text}`, values[at]));
      } else {
        const value = valueOf(initializer, known);
        if (value !== undefined) known.set(name.text, value);
      }
    }
  }
  return known;
}

/** The number that an expression always is, or undefined. */
function valueOf(node, known) {
  if (node === undefined) return undefined;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isParenthesizedExpression(node)) return valueOf(node.expression, known);
  if (ts.isPrefixUnaryExpression(node)) {
    const value = valueOf(node.operand, known);
    if (value === undefined) return undefined;
    if (node.operator === ts.SyntaxKind.MinusToken) return -value;
    return node.operator === ts.SyntaxKind.TildeToken ? ~value : undefined;
  }
  if (!ts.isBinaryExpression(node)) return known.get(nameOf(node));
  const [left, right] = [valueOf(node.left, known), valueOf(node.right, known)];
  if (left === undefined || right === undefined) return undefined;
  return operations.get(node.operatorToken.kind)?.(left, right);
}

const operations = new Map([
  [ts.SyntaxKind.PlusToken, (left, right) => left + right],
  [ts.SyntaxKind.MinusToken, (left, right) => left - right],
  [ts.SyntaxKind.AsteriskToken, (left, right) => left * right],
  [ts.SyntaxKind.BarToken, (left, right) => left | right],
  [ts.SyntaxKind.AmpersandToken, (left, right) => left & right],
  [ts.SyntaxKind.LessThanLessThanToken, (left, right) => left << right],
]);

/** `NAME` or `Name.property`; undefined for anything else. */
function nameOf(node) {
  if (ts.isIdentifier(node)) return node.text;
  const isProperty = ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression);
  return isProperty ? `${node.expression.text}.${node.name.text}` : undefined;
}

/** Whether it gets another value: assigned, also as part of a pattern, counted or deleted. */
function isAssignedTo(node) {
  let [target, { parent }] = [node, node];
  while (isPatternPart(parent)) [target, parent] = [parent, parent.parent];
  if (ts.isBinaryExpression(parent) && parent.left === target) return isAssignment(parent.operatorToken.kind);
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent))
    return [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken].includes(parent.operator);
  if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === target;
  return ts.isDeleteExpression(parent);
}

function isAssignment(operator) {
  return operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment;
}

function isPatternPart(node) {
  return (
    ts.isArrayLiteralExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isSpreadElement(node)
  );
}

/** Whether it is an expression of its own: neither what declares or exports it nor the name of a property. */
function isRead(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent) || ts.isParameter(parent) || ts.isVariableDeclaration(parent))
    return parent.initializer === node;
  return (
    ts.isExpressionStatement(parent) ||
    ts.isBinaryExpression(parent) ||
    ts.isCallExpression(parent) ||
    ts.isNewExpression(parent) ||
    ts.isElementAccessExpression(parent) ||
    ts.isParenthesizedExpression(parent) ||
    ts.isConditionalExpression(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isArrowFunction(parent) ||
    ts.isTemplateSpan(parent) ||
    ts.isCaseClause(parent) ||
    ts.isIfStatement(parent)
  );
}

/** A negative number in parentheses: it may stand behind another minus. */
function literalOf(value) {
  return value < 0 ? `(${value})` : String(value);
}

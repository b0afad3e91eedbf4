/**
 * Translates a part of the compiler ahead of time to WebAssembly: TypeScript whose state is numbers, typed arrays and
 * objects of fixed shape. It says what it does not know, with the place in the source.
 */
import path from 'node:path';
import ts from 'typescript';
import { constantsOf } from './constants.mjs';
import { Constants } from './data.mjs';
import { encodeModule, I32 } from './encode.mjs';
import { HELPER_NAMES, helpers, IMPORTS, NUMBER } from './helpers.mjs';
import { Model, Unsupported } from './model.mjs';
import { FunctionWriter } from './write.mjs';

/** The program that these sources and what they import are. */
export function parse(root, files) {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  return ts.createProgram(files, { ...config.options, types: [], noEmit: true });
}

/**
 * @param program what `parse` gives
 * @param files its sources with the entries
 * @param isPart whether a source of the program may be part of the translation: classes of others stand for nothing
 * @param choose the entries by name: functions, methods, classes (for their constructors), from the parsed sources
 * @param checked every index is compared with the length of its array, and a wrong one traps: for tests
 * @returns the module's bytes; its custom section `layouts` has by class the size of an object and the fields that are used:
 * `[offset, kind]`, of lists `[offset, 'List', kind of the elements]`
 */
export async function translate(root, program, files, isPart, choose, { checked = false } = {}) {
  const entries = choose(
    files.map((file) => program.getSourceFile(file)),
    program.getTypeChecker(),
  );
  const sources = program.getSourceFiles().filter(({ fileName }) => isPart(fileName));
  const model = new Model(program, sources, Object.values(entries), await constantsOf(root, program, files));
  return new Translation(model, entries, checked).result();
}

class Translation {
  layouts = new Map();
  signatures = new Map();

  constructor(model, entries, checked) {
    this.model = model;
    this.entries = entries;
    this.checked = checked;
    this.constants = new Constants(this);
    this.numbers = new Map(model.units.map((unit, k) => [unit, k + Object.keys(NUMBER).length]));
  }

  helper(name) {
    return NUMBER[name];
  }
  index(unit) {
    return this.numbers.get(unit);
  }

  signature(unit) {
    let signature = this.signatures.get(unit);
    if (signature !== undefined) return signature;
    // Those of constants that are object literals have none.
    const hasThis = (ts.isMethodDeclaration(unit) || ts.isGetAccessor(unit)) && ts.isClassDeclaration(unit.parent);
    const result = this.model.resultKind(unit);
    signature = {
      hasThis,
      params: [...(hasThis ? [I32] : []), ...this.model.parameters(unit).map((p) => this.parameterType(p))],
      results: result === 'void' ? [] : [this.model.valueType(result, unit)],
    };
    this.signatures.set(unit, signature);
    return signature;
  }

  parameterType(parameter) {
    return this.model.valueType(this.model.kind(parameter), this.model.declarationOf(parameter.name));
  }

  /** Size and fields of the objects of a class or interface: those that code could use. */
  layout(name, type) {
    let layout = this.layouts.get(name);
    if (layout !== undefined) return layout;
    const base = this.model.baseInterface(type);
    // What an interface extends is its beginning.
    const { size, fields } = base === undefined ? { size: 0 } : this.layout(base.symbol.name, base);
    layout = { size, fields: Object.assign(Object.create(null), fields) };
    this.layouts.set(name, layout);
    for (const property of this.model.checker.getPropertiesOfType(type)) {
      const { valueDeclaration: node } = property;
      if (node && (ts.isMethodDeclaration(node) || ts.isMethodSignature(node) || ts.isAccessor(node))) continue;
      const kind = this.fieldKind(property);
      if (kind === undefined || layout.fields[property.name] !== undefined) continue;
      const float = kind === 'number' && this.model.isFloat(property.valueDeclaration);
      layout.size = float ? (layout.size + 7) & -8 : layout.size;
      layout.fields[property.name] = { offset: layout.size, float, kind, used: false, property };
      layout.size += float ? 8 : 4;
    }
    return layout;
  }

  fieldKind(property) {
    const { checker } = this.model;
    try {
      const kind = this.model.kindOf(checker.getTypeOfSymbol(property), property.valueDeclaration);
      return kind === 'void' ? undefined : kind;
    } catch (e) {
      if (e instanceof Unsupported || e instanceof TypeError) return undefined; // No field for passes.
      throw e;
    }
  }

  /** Kind of the elements of a field that is a list, or their class. */
  elementName({ valueDeclaration }) {
    const { checker } = this.model;
    const kind = this.model.elementKind(checker.getTypeAtLocation(valueDeclaration), valueDeclaration);
    return kind.object ?? kind;
  }

  result() {
    const names = new Map(Object.entries(this.entries).map(([name, unit]) => [unit, name]));
    const functions = this.model.units.map((unit) => ({
      ...this.signature(unit),
      code: new FunctionWriter(this, unit).write(),
      exported: names.get(unit),
    }));
    const layouts = {};
    for (const [name, { size, fields }] of this.layouts) {
      layouts[name] = { size, fields: {} };
      for (const [field, { offset, float, kind, used, property }] of Object.entries(fields)) {
        if (!used) continue;
        const row = (layouts[name].fields[field] = [offset, kind.object ?? (float ? 'float' : kind)]);
        if (kind === 'List') row.push(this.elementName(property));
      }
    }
    return encodeModule(
      IMPORTS,
      [...helpers().map((h, k) => ({ ...h, exported: HELPER_NAMES[k] })), ...functions],
      this.constants.bytes(),
      { layouts: JSON.stringify(layouts) },
    );
  }
}

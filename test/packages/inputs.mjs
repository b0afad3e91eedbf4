/** Inputs of the programs, made up and always the same. */

/** Numbers that look random: Marsaglia's xorshift of 32 bits. */
export function random(seed = 1) {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

export function bytes(n, seed = 7) {
  const next = random(seed);
  return Uint8Array.from({ length: n }, () => next(256));
}

/** A TypeScript (or, without types, JavaScript) module of so many functions. */
export function script(functions, { types = false } = {}) {
  const t = (type) => (types ? `: ${type}` : '');
  let text = "import { readFileSync } from 'node:fs';\nexport const names = ['a', 'b', 'c'];\n";
  for (let i = 0; i < functions; i++)
    text += `/** Number ${i}. */
export async function work${i}(list${t('number[]')}, { scale = ${i}, name = \`n\${scale}\` }${t('{ scale?: number; name?: string }')} = {}) {
  const seen${t('Map<number, string>')} = new Map();
  for (const [index, value] of list.entries()) {
    if (value % ${(i % 7) + 2} === 0 && !seen.has(value)) seen.set(value, name + index);
    else if (value > 1_000 || (index & 3) === 1) continue;
    const next = list[index + 1] ?? value ** 2;
    try { if (next < value) throw new RangeError(\`\${next} < \${value}\`); } catch (e) { console.log(e?.message); }
  }
  return class Result${i} { #size = seen.size; get size() { return this.#size; } static of = (x${t('number')}) => x * scale; };
}
`;
  return text;
}

export function css(rules) {
  let text = ':root { --main: #0af; }\n';
  for (let i = 0; i < rules; i++)
    text += `.card-${i} > a:hover, .card-${i}:not(.x) { color: rgba(${i % 256}, 20, 30, .5); margin: ${i % 9}px 0px ${i % 9}px 0px; & .inner { display: flex; transition: all .3s ease-in-out; inset: 0; } }
@media (width >= ${300 + i}px) { .card-${i} { transform: translate(${i}px, 0) rotate(${i}deg); background: url("img${i}.png") center / cover; } }\n`;
  return text;
}

export function svg(shapes) {
  const next = random(5);
  let text =
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><defs><linearGradient id="g"><stop offset="0" stop-color="#08f"/><stop offset="1" stop-color="#f80"/></linearGradient></defs>';
  for (let i = 0; i < shapes; i++)
    text += `<path d="M${next(400)} ${next(400)} C${next(400)} ${next(400)} ${next(400)} ${next(400)} ${next(400)} ${next(400)} Z" fill="${i % 3 ? 'url(#g)' : '#2a2'}" fill-opacity="0.4" stroke="#123" stroke-width="${next(4)}"/>`;
  return `${text}</svg>`;
}

export function text(words, seed = 3) {
  const next = random(seed);
  const known = 'the of a machine code memory table function module instance engine value stack call signal page'.split(
    ' ',
  );
  return Array.from({ length: words }, () => known[next(known.length)] + (next(9) === 0 ? '.\n' : '')).join(' ');
}

export function python(functions) {
  let text = 'import os,sys\n';
  for (let i = 0; i < functions; i++)
    text += `def f${i}(a,b = ${i},*args,**kw):\n    x = {'a':a,"b":[ b,b+1 ,*args]}\n    if a>b and not (b==${i}) : return [y*2 for y in range(a) if y%3==0]\n    return x\n`;
  return text;
}

export function go(functions) {
  let text = 'package main\nimport "fmt"\n';
  for (let i = 0; i < functions; i++)
    text += `func f${i}(a,b int)(int,error){if a>b{for i:=0;i<a;i++{fmt.Println(i,"x")}};x:=map[string]int{"a":a,"bcd":b}\nreturn x["a"]+b,nil}\n`;
  return text;
}

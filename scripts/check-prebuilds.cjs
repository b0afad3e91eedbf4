'use strict';
/**
 * Runs before `npm publish` and `npm pack`: a package without a prebuilt addon would make users of that system need a
 * compiler. Each must be there, be younger than its sources, be for its machine, and run on the oldest system that it is
 * for: what it needs of shared libraries is read from the file (ELF, gABI chapter 5; symbol versions: Linux Standard
 * Base, section 10.7). `--pack`: `npm pack` may do with some of them where WAMR_PACK_PARTIAL=1 asks for that.
 */
const fs = require('node:fs');
const path = require('node:path');
const { newestTime, ROOT } = require('./setup.cjs');

const folder = path.resolve(__dirname, '../prebuilds');
/** Machines as ELF and PE have them. */
const MACHINES = { x86_64: [62, 0x8664], aarch64: [183, 0xaa64] };
/** By C library, of x86-64 unless the name says otherwise. Node 20 itself needs glibc 2.28. */
const LIBRARIES = {
  glibc: {
    system: 'Linux on x86-64 with glibc',
    target: 'x86_64-linux-gnu.2.28',
    file: 'linux-x64/wamr-native.glibc.node',
    needs: /^(libc|libm|libdl|libpthread|ld-linux-x86-64)\.so\.\d$/,
    newest: [2, 28],
  },
  musl: {
    system: 'Linux on x86-64 with musl',
    target: 'x86_64-linux-musl',
    file: 'linux-x64/wamr-native.musl.node',
    needs: /^libc\.so$/,
    newest: [0, 0],
  },
  'arm64-glibc': {
    system: 'Linux on arm64 with glibc',
    target: 'aarch64-linux-gnu.2.28',
    file: 'linux-arm64/wamr-native.glibc.node',
    needs: /^(libc|libm|libdl|libpthread|ld-linux-aarch64)\.so\.\d$/,
    newest: [2, 28],
  },
  windows: {
    system: 'Windows on x86-64',
    target: 'x86_64-windows-gnu',
    file: 'win32-x64/wamr-native.node',
    // What every Windows 10 has, and the program that loads it.
    needs: /^(kernel32|ntdll|bcrypt|advapi32|api-ms-win-crt-[a-z]+-l1-1-0)\.dll$|^node\.exe$/i,
    newest: [0, 0],
  },
  'arm64-musl': {
    system: 'Linux on arm64 with musl',
    target: 'aarch64-linux-musl',
    file: 'linux-arm64/wamr-native.musl.node',
    needs: /^libc\.so$/,
    newest: [0, 0],
  },
};

/** What is wrong with a prebuilt addon of this folder: lines of text. */
function wrongWith(name) {
  const { file, system } = LIBRARIES[name];
  const stat = fs.statSync(path.join(folder, file), { throwIfNoEntry: false });
  if (stat === undefined) return [`prebuilds/${file} (${system}) is missing`];
  const old = stat.mtimeMs < newestTime(path.join(ROOT, 'native'), path.join(ROOT, 'binding.gyp'));
  return [
    ...(old ? [`prebuilds/${file} is older than native/ or binding.gyp`] : []),
    ...misfits(name, path.join(folder, file)).map((line) => `prebuilds/${file} ${line}`),
  ];
}

/** What keeps a file from being an addon for every system with this C library. */
function misfits(name, addon) {
  const { needs, newest, target } = LIBRARIES[name];
  const file = fs.readFileSync(addon);
  const isPe = target.includes('windows');
  if (!file.includes('napi_register_module_v1') || !file.toString('latin1', 0, 4).startsWith(isPe ? 'MZ' : '\x7fELF'))
    return ['is no addon for this system'];
  try {
    const { machine, libraries, versions } = isPe ? requirementsOfPe(file) : requirements(file);
    const newer = (version) => {
      const [, major, minor] = /^GLIBC_(\d+)\.(\d+)/.exec(version) ?? [0, Infinity, Infinity];
      return Number(major) > newest[0] || (Number(major) === newest[0] && Number(minor) > newest[1]);
    };
    return [
      ...(MACHINES[target.split('-')[0]].includes(machine) ? [] : ['is for another machine']),
      ...[...libraries.filter((library) => !needs.test(library)), ...versions.filter(newer)].map((n) => `needs ${n}`),
    ];
  } catch (e) {
    return [`is damaged: ${e.message}`];
  }
}

/** Machine of a 64-bit ELF file; shared libraries, and versions of their symbols, that it needs. */
function requirements(elf) {
  const number = (at) => Number(elf.readBigUInt64LE(at));
  const sections = Array.from({ length: elf.readUInt16LE(60) }, (_, i) => {
    const at = number(40) + i * elf.readUInt16LE(58);
    const [type, link, info] = [4, 40, 44].map((offset) => elf.readUInt32LE(at + offset));
    return { type, link, info, offset: number(at + 24), size: number(at + 32) };
  });
  const text = (section, at) => {
    const start = sections[section.link].offset + at;
    return elf.toString('utf8', start, elf.indexOf(0, start));
  };
  const [DYNAMIC, NEEDED, VERNEED] = [6, 1, 0x6ffffffe];
  const libraries = [];
  const versions = [];
  for (const section of sections) {
    if (section.type === DYNAMIC)
      for (let at = section.offset; at < section.offset + section.size; at += 16)
        if (number(at) === NEEDED) libraries.push(text(section, number(at + 8)));
    if (section.type !== VERNEED) continue;
    for (let i = 0, at = section.offset; i < section.info; i++, at += elf.readUInt32LE(at + 12))
      for (
        let k = 0, aux = at + elf.readUInt32LE(at + 8);
        k < elf.readUInt16LE(at + 2);
        k++, aux += elf.readUInt32LE(aux + 12)
      )
        versions.push(text(section, elf.readUInt32LE(aux + 8)));
  }
  return { machine: elf.readUInt16LE(18), libraries, versions };
}

/** The same of a 64-bit PE file (PE Format, "The .idata Section"). */
function requirementsOfPe(pe) {
  const header = pe.readUInt32LE(60);
  const optional = header + 24;
  const sections = optional + pe.readUInt16LE(header + 20);
  const place = (address) => {
    for (let i = 0; i < pe.readUInt16LE(header + 6); i++) {
      const [size, begin, , offset] = [8, 12, 16, 20].map((field) => pe.readUInt32LE(sections + 40 * i + field));
      if (address >= begin && address < begin + size) return address - begin + offset;
    }
    throw new Error(`no section has ${address}`);
  };
  const libraries = [];
  const IMPORTS = 120;
  for (let at = place(pe.readUInt32LE(optional + IMPORTS)); pe.readUInt32LE(at + 12) !== 0; at += 20) {
    const name = place(pe.readUInt32LE(at + 12));
    libraries.push(pe.toString('latin1', name, pe.indexOf(0, name)));
  }
  return { machine: pe.readUInt16LE(header + 4), libraries, versions: [] };
}

module.exports = { LIBRARIES, folder, misfits, wrongWith };

/** Exits with 1 and says what to do unless the package has what it is published with. */
function main(packs) {
  const names = Object.keys(LIBRARIES);
  const wrong = new Map(names.map((name) => [name, wrongWith(name)]).filter(([, lines]) => lines.length > 0));
  if (wrong.size === 0) return;
  for (const line of [...wrong.values()].flat()) console.error(line);
  if (packs && process.env.WAMR_PACK_PARTIAL === '1') {
    console.error('Packed without them, since WAMR_PACK_PARTIAL=1: not to be published.');
    return;
  }
  const command = ['npm run prebuild', ...(wrong.size < names.length ? ['--', ...wrong.keys()] : [])].join(' ');
  console.error(
    `The package is not to be ${packs ? 'packed' : 'published'} like that: \`${command}\` makes them (prebuilds/README.md).` +
      (packs ? ' WAMR_PACK_PARTIAL=1 packs it for your own machines.' : ''),
  );
  process.exit(1);
}

if (require.main === module) main(process.argv.includes('--pack'));

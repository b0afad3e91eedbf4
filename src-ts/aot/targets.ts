/**
 * The machines and CPU features that a module may be compiled for, by the names that users give them. Data only, so that
 * inspecting or loading an artefact does not need the compiler.
 */
import { Architecture } from '../abi/architectures.js';
import * as arm64 from '../arm64/features.js';
import * as x64 from '../x64/features.js';

/** What code is made for or what a machine can run. */
export interface Target {
  architecture: number;
  /** Mask of CPU features; what the bits mean is the architecture's. */
  features: number;
}

const onArm64 = (name: keyof typeof arm64.TARGETS): Target => ({
  architecture: Architecture.AARCH64,
  features: arm64.TARGETS[name],
});

/** The named targets; `native` is resolved by the caller from the machine. */
export const TARGETS: Readonly<Record<keyof typeof x64.TARGETS | keyof typeof arm64.TARGETS, Target>> = {
  'x86-64-v2': { architecture: Architecture.X86_64, features: x64.TARGETS['x86-64-v2'] },
  'x86-64-v3': { architecture: Architecture.X86_64, features: x64.TARGETS['x86-64-v3'] },
  'x86-64-v2-windows': { architecture: Architecture.X86_64, features: x64.TARGETS['x86-64-v2-windows'] },
  'x86-64-v3-windows': { architecture: Architecture.X86_64, features: x64.TARGETS['x86-64-v3-windows'] },
  aarch64: onArm64('aarch64'),
  'aarch64-bti': onArm64('aarch64-bti'),
  'aarch64-bti-pac': onArm64('aarch64-bti-pac'),
  'aarch64-lse': onArm64('aarch64-lse'),
  'aarch64-lse-bti': onArm64('aarch64-lse-bti'),
  'aarch64-lse-bti-pac': onArm64('aarch64-lse-bti-pac'),
};

/** Of artefacts, which may be for other machines too: what every machine of this one's architecture can run. */
export const DEFAULT_TARGET =
  process.arch === 'arm64' ? 'aarch64' : process.platform === 'win32' ? 'x86-64-v2-windows' : 'x86-64-v2';
/** Of what is compiled to be run here and now, or kept in the cache, whose keys know the machine. */
export const TARGET_HERE = 'native';

/** The target of an architecture that every machine of it can run. */
export const baselineOf = (architecture: number): keyof typeof TARGETS =>
  architecture === Architecture.AARCH64 ? 'aarch64' : DEFAULT_TARGET;

/** The target that every machine of x86-64 can run, whatever its system. */
export const WITHOUT_RED_ZONE = 'x86-64-v2-windows';

/** Whether code for a target may have values below the stack pointer. */
export const hasRedZone = ({ architecture, features }: Target): boolean =>
  architecture !== Architecture.X86_64 || (features & x64.Feature.RED_ZONE) !== 0;

/** What code asks of a machine that has nothing below the stack pointer. */
export const withoutRedZone = (target: Target): Target =>
  target.architecture === Architecture.X86_64
    ? { ...target, features: target.features & ~x64.Feature.RED_ZONE }
    : target;

/** What of a target's features a machine must have. */
export const requiredFeatures = ({ architecture, features }: Target): number =>
  architecture === Architecture.AARCH64 ? features & ~arm64.OPTIONAL : features;

/** Names of the features in a mask, for messages. */
export function featureNames({ architecture, features }: Target): string[] {
  const names =
    architecture === Architecture.X86_64
      ? x64.FEATURE_NAMES
      : architecture === Architecture.AARCH64
        ? arm64.FEATURE_NAMES
        : [];
  return names.filter(([bit]) => (features & bit) !== 0).map(([, name]) => name);
}

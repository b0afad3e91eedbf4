/**
 * Where a server listens. A socket lies in the cache folder, which only this user can write to: who answers there is one
 * of ours. Windows has no sockets in folders but pipes, and a process of any user can make one of any name. There the
 * folder has a file of the socket's name with the pipe's name and a key, and whoever answers has to prove that it knows
 * the key before it is trusted with a module, or believed an artefact.
 */
import fs from 'node:fs';
import type { Socket } from 'node:net';
import type { Folder } from '../cache/folder.js';
import { crypto } from '../util/builtin.js';
import { type Proof, Receiver, send } from './protocol.js';

export interface Address {
  /** What is listened and connected to. */
  path: string;
  /** Where there are pipes. */
  key: string | null;
}

const BYTES = 32;
const PROOF_MS = 1_000;

const fileName = (name: string): string => `${name}.sock`;

/** For a new server. */
export function newAddress(folder: Folder, name: string): Address {
  if (process.platform !== 'win32') return { path: folder.socketPath(fileName(name)), key: null };
  const { randomBytes } = crypto();
  const [id, key] = [randomBytes(BYTES), randomBytes(BYTES)].map((bytes) => bytes.toString('hex'));
  return { path: `\\\\.\\pipe\\wamr-native-${name}-${id}`, key };
}

/** For others to find it, once it is listened to. */
export function announce(folder: Folder, name: string, address: Address): void {
  if (address.key !== null) folder.write(fileName(name), Buffer.from(JSON.stringify(address)));
}

/** Null where there is no server. */
export function findAddress(folder: Folder, name: string): Address | null {
  if (folder.stat(fileName(name)) === null) return null;
  if (process.platform !== 'win32') return { path: folder.socketPath(fileName(name)), key: null };
  const file = folder.openEntry(fileName(name));
  if (file === null) return null;
  try {
    return JSON.parse(fs.readFileSync(file.fd, 'utf8')) as Address;
  } catch {
    return null;
  } finally {
    fs.closeSync(file.fd);
  }
}

/** Also what a killed server has left. */
export const withdraw = (folder: Folder, name: string): void => folder.remove(fileName(name));

/** What shows that a server has the key: an answer that depends on both. */
export function proofOf(key: string, challenge: string): string {
  const { createHmac } = crypto();
  return createHmac('sha256', key).update(challenge).digest('hex');
}

/** Whether who answers at a pipe has the key. */
export async function isProven(socket: Socket, key: string): Promise<boolean> {
  const { randomBytes } = crypto();
  const challenge = randomBytes(BYTES).toString('hex');
  const expected = proofOf(key, challenge);
  const answer = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(resolve, PROOF_MS, undefined);
    const receiver = new Receiver<Proof>(0, ({ proof }) => resolve(proof));
    socket.on('data', (part: Buffer) => {
      try {
        receiver.push(part);
      } catch {
        resolve(undefined);
      }
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => (clearTimeout(timer), resolve(undefined)));
    send(socket, { challenge, bytes: 0 });
  });
  socket.removeAllListeners();
  return answer === expected;
}

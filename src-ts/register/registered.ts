/**
 * The property under which `register` leaves its state in a thread: one for each, however many copies of the file are
 * loaded.
 */
export const REGISTERED = Symbol.for('wamr-native.register');

/** Where `register` leaves what it is in this thread: one for each, however many copies of the file there are. */
export const REGISTERED = Symbol.for('wamr-native.register');

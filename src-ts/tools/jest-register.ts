/** `register` in Jest's realms, before a test file (jest.ts): what is not compiled yet is compiled now. */
process.env.WAMR_REGISTER ??= 'always';
require('../register/index.js');

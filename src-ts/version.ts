/** Version of the package; a test keeps it equal to package.json. Artefacts are tied to it. */
export const VERSION = '0.1.0';

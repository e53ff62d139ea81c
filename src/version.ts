/** The version of this package. A constant, so that programs that bundle the library keep it; a test holds it to package.json. */
export const VERSION = '0.1.0';

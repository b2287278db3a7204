// The same modules as `require` gives, so that there is one of each class however the package is loaded.
export * from './dist/index.js';

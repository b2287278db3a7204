import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The core is given its time, ids and randomness, so that everything it does can be said again in a test. */
const notInTheCore = {
  'no-restricted-globals': [
    'error',
    ...['process', 'Buffer', 'crypto', 'performance', 'console'].map((name) => ({
      name,
      message: 'The core knows neither Node nor the world outside; use a port.',
    })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'Time comes in through the Clock port.' },
    { object: 'Math', property: 'random', message: 'Randomness comes in through a port.' },
  ],
};

export default tseslint.config(
  {
    ignores: [
      '.backends/',
      'dist/',
      'scripts/openapi/',
      'clients/typescript/dist/',
      'data/',
      'coverage/',
      '.bench/',
      'test/fixtures/',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // `interface TaskDocument extends Required<TaskChange> {}` gives a shape a name of its own.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      // What an AbortSignal has for a reason is thrown as it is.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      // A name that starts with _ says that leaving it unused is meant.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `async` without `await` turns what is thrown into a rejection, which is what a port promises.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['shared/core/**/*.ts'], rules: notInTheCore },
  {
    files: ['shared/core/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        ...notInTheCore['no-restricted-globals'],
        'Date',
        'setTimeout',
        'setImmediate',
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // Answers are read as `any` and then held against what they must be.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-restricted-properties': [
        'error',
        ...['describe', 'it', 'test'].flatMap((object) => [
          { object, property: 'only', message: 'It would leave out all the others.' },
          { object, property: 'skip', message: 'A test that is not run protects nothing.' },
        ]),
      ],
    },
  },
  prettier,
);

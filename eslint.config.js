// What `make lint` asks of the scripts: mistakes, and the budgets of functions that ruff holds in Python.

import js from "@eslint/js";
import globals from "globals";

const rules = {
  ...js.configs.recommended.rules,
  "no-undef": "error",
  "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
  "no-use-before-define": ["error", { functions: true, classes: true, variables: false }],
  "no-implicit-globals": "error",
  "no-shadow": ["error", { hoist: "all" }],
  "no-var": "error",
  "prefer-const": "error",
  eqeqeq: "error",
  "consistent-return": "error",
  "array-callback-return": "error",
  "default-case-last": "error",
  "no-await-in-loop": "off", // pages of a list are fetched one after the other on purpose
  "no-constructor-return": "error",
  "no-duplicate-imports": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-inner-declarations": "error",
  "no-promise-executor-return": "error",
  "no-return-assign": "error",
  "no-self-compare": "error",
  "no-sequences": "error",
  "no-template-curly-in-string": "error",
  "no-throw-literal": "error",
  "no-unmodified-loop-condition": "error",
  "no-unreachable-loop": "error",
  "no-unused-expressions": ["error", { allowShortCircuit: true }],
  "no-useless-assignment": "error",
  "no-useless-concat": "error",
  "no-useless-rename": "error",
  "no-useless-return": "error",
  "object-shorthand": "error",
  "prefer-arrow-callback": "error",
  "prefer-promise-reject-errors": "error",
  "prefer-template": "error",
  radix: "error",
  "require-atomic-updates": "error",
  complexity: ["error", 8],
  "max-depth": ["error", 3],
  "max-lines": ["error", 300],
  "max-lines-per-function": ["error", { max: 40, skipComments: true, skipBlankLines: true }],
  "max-params": ["error", 5],
};

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  { files: ["static/**/*.js"], languageOptions: { sourceType: "module", globals: globals.browser }, rules },
  { files: ["eslint.config.js", "tests/**/*.js"], languageOptions: { sourceType: "module", globals: globals.node }, rules },
];

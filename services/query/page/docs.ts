import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Context } from 'koa';
import { answerPage, type HeaderList } from '../http/answer.js';
import type { BasePath } from '../http/base-path.js';
import { HttpError } from '../http/http-errors.js';

/** The page: nothing inline, nothing from elsewhere. */
const pageAt = (basePath: BasePath): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Taskledger API</title>
    <link rel="stylesheet" href="${basePath}/docs/swagger-ui.css">
    <link rel="icon" href="${basePath}/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${basePath}/docs/swagger-ui-bundle.js"></script>
    <script src="${basePath}/docs/init.js"></script>
  </body>
</html>
`;

/** The validator badge would ask a server elsewhere, so it is off. */
const initAt = (
  basePath: BasePath,
): string => `window.ui = SwaggerUIBundle({ url: '${basePath}/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });
`;

/** The page may load what comes from here; its icons are data URLs, and the program sets styles of single elements. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page changes with the program only; an hour is what a reload costs at most. */
const KEPT: HeaderList = ['Cache-Control', 'public, max-age=3600'];

/** Which files of swagger-ui-dist are served, and as what. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** `GET /docs`: the page that shows the API and lets it be tried. */
export function docsPage(basePath: BasePath) {
  const page = pageAt(basePath);
  return (ctx: Context): void =>
    answerPage(ctx, 'text/html; charset=utf-8', page, [...KEPT, 'Content-Security-Policy', POLICY]);
}

/** `GET /docs/{file}`: what the page loads. */
export function docsFile(basePath: BasePath) {
  const init = initAt(basePath);
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const contents = new Map<string, Buffer>();
  return async (ctx: Context, file: string): Promise<void> => {
    if (file === 'init.js') return answerPage(ctx, 'text/javascript; charset=utf-8', init, KEPT);
    const mediaType = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
    if (mediaType === undefined)
      throw new HttpError('not_found', 'There is no such file of the documentation page');
    let content = contents.get(file);
    if (content === undefined) contents.set(file, (content = await readFile(join(folder, file))));
    answerPage(ctx, mediaType, content, KEPT);
  };
}

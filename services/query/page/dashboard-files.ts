import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Context } from 'koa';
import { answerPage, type HeaderList } from '../http/answer.js';
import type { BasePath } from '../http/base-path.js';
import { HttpError } from '../http/http-errors.js';

/**
 * What the page may do: load scripts, styles and pictures from here, ask this API, and nothing else. It makes its parts of
 * the page by itself, so no text can become markup (Trusted Types).
 */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** The page names its parts by their content, so it is the one file that changes under its name. */
const PAGE_HEADERS: HeaderList = [
  ...['Cache-Control', 'no-cache'],
  ...['Content-Security-Policy', POLICY],
  ...['Referrer-Policy', 'no-referrer'],
];

const ASSET_HEADERS: HeaderList = ['Cache-Control', 'public, max-age=31536000, immutable'];

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The built page, kept in memory: it has a few files, some ten kilobytes each. */
export class DashboardFiles {
  private readonly page: Buffer | undefined;
  private readonly assets = new Map<string, Buffer>();

  /** @param folder Where the build is; without one, or before it is built, there is no page. */
  constructor(folder: string | undefined, basePath: BasePath) {
    if (folder === undefined || !existsSync(join(folder, 'index.html'))) return;
    this.page = Buffer.from(pageAt(basePath, readFileSync(join(folder, 'index.html'), 'utf8')));
    const assets = join(folder, 'assets');
    for (const name of readdirSync(assets)) this.assets.set(name, readFileSync(join(assets, name)));
  }

  /** `GET /`: the page. */
  readonly showPage = (ctx: Context): void => {
    if (this.page === undefined)
      throw new HttpError('not_found', 'The page is not built (npm run build builds it)');
    answerPage(ctx, 'text/html; charset=utf-8', this.page, PAGE_HEADERS);
  };

  /** `GET /assets/{file}`: what the page loads. */
  readonly showAsset = (ctx: Context, file: string): void => {
    const content = this.assets.get(file);
    const mediaType = MEDIA_TYPES[extname(file)];
    if (content === undefined || mediaType === undefined) {
      throw new HttpError('not_found', 'There is no such file of the page');
    }
    answerPage(ctx, mediaType, content, ASSET_HEADERS);
  };
}

/** The page names its parts from where it is itself; they are named from the root, so that its own path is no matter. */
function pageAt(basePath: BasePath, html: string): string {
  return html.replaceAll('="./', `="${basePath}/`);
}

import { render } from 'preact';
import './style/base.css';
import './style/filters.css';
import './style/list.css';
import './style/errors.css';
import './style/detail.css';
import './style/dialog.css';
import { App } from './view/app.js';

render(<App />, document.getElementById('page') as HTMLElement);

-- Made by `make page` of the files beside it.

return {
  ["app.css"] = [=[
/* The page in light and in dark: what is different between the two are the names below. */
:root {
  color-scheme: light dark;
  --back: light-dark(#f4f5f7, #111418); --front: light-dark(#fff, #1a1e24); --hover: light-dark(#eef2f7, #242a32);
  --text: light-dark(#1b1f24, #e6e9ed); --soft: light-dark(#57606a, #a3adb8); --line: light-dark(#dde1e6, #2e343c);
  --link: light-dark(#0a58ca, #7fb3ff); --up: light-dark(#11703a, #5fd38d); --down: light-dark(#b91c1c, #ff8a80);
  --warn: light-dark(#8a5300, #f0b95c); --drain: light-dark(#0b5cad, #7cc0ff); --maint: light-dark(#7a4510, #dfa56e);
  --tint-down: light-dark(#fdecec, #3a1d1f); --tint-up: light-dark(#e8f5ec, #16301f);
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--back); color: var(--text); font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; }
header, nav, main, footer, body > .note { padding: 0 20px; }
header { padding-top: 12px; }
h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 15px; margin: 22px 0 8px; }
.bar { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; }
.gap { flex: 1; }
#state, label, .links, footer, .zero { color: var(--soft); }
a { color: var(--link); }
button, select, input { font: inherit; color: var(--text); background: var(--front); border: 1px solid var(--line);
  border-radius: 6px; padding: 3px 9px; }
button { cursor: pointer; }
button:hover { background: var(--hover); }
button[aria-pressed="true"] { background: var(--link); border-color: var(--link); color: var(--front); }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.go { background: var(--link); border-color: var(--link); color: var(--front); }
.pill { border: 1px solid var(--line); border-radius: 99px; padding: 1px 10px; background: var(--front); }
.note, #stale { background: var(--front); border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; }
body > .note { margin: 10px 20px 0; padding: 8px 12px; }
#stale { color: var(--down); background: var(--tint-down); }
.stale main, .stale .cards { opacity: .75; }

.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; list-style: none;
  margin: 12px 0; padding: 0; }
.cards li { display: grid; grid-template-columns: auto 1fr; gap: 0 8px; align-items: baseline; background: var(--front);
  border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; }
.cards span { color: var(--soft); }
.cards b { text-align: right; font-size: 17px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.cards svg { grid-column: 1 / 3; width: 100%; height: 30px; color: var(--link); }
.cards .bad svg { color: var(--down); }
polyline { fill: none; stroke: currentColor; stroke-width: 1.5; vector-effect: non-scaling-stroke; }

nav { position: sticky; top: 0; z-index: 2; background: var(--back); padding-top: 6px; padding-bottom: 6px; }
#search { flex: 1 1 220px; min-width: 0; }
.chips { display: inline-flex; flex-wrap: wrap; gap: 4px; }
#columns { position: relative; }
summary { cursor: pointer; border: 1px solid var(--line); border-radius: 6px; padding: 3px 9px; background: var(--front); }
.menu { position: absolute; right: 0; top: 115%; width: min(640px, 92vw); max-height: 70vh; overflow: auto; display: grid;
  grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); background: var(--front); border: 1px solid var(--line);
  border-radius: 8px; padding: 10px; box-shadow: 0 6px 24px #0004; }
fieldset { border: 0; margin: 0; padding: 0 8px; }
legend { font-weight: 600; }
.menu label { display: block; color: var(--text); }
.links a { margin-left: 4px; }

.wide { overflow-x: auto; background: var(--front); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 10px; text-align: right; white-space: nowrap; font-weight: 400; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-size: 12.5px; }
thead button { border: 0; background: none; color: inherit; padding: 2px 0; font-size: inherit; }
thead button:hover { text-decoration: underline; }
th[aria-sort="ascending"]::after { content: " ▲"; }
th[aria-sort="descending"]::after { content: " ▼"; }
.left { text-align: left; }
td.left:not(.st) { max-width: 34em; overflow: hidden; text-overflow: ellipsis; }
tbody tr:not(.more):hover { background: var(--hover); }
tbody b { font-weight: 600; unicode-bidi: isolate; }
.open { border: 0; background: none; padding: 1px 2px; text-align: left; }
.open > span::before { content: "▸"; display: inline-block; width: 1.1em; color: var(--soft); }
.open[aria-expanded="true"] > span::before { content: "▾"; }
.open[aria-pressed="true"] { background: var(--link); padding: 1px 8px; }
.act { border: 0; background: none; padding: 0 6px; color: var(--soft); }
.st { font-weight: 500; }
.up, .ok, .fine { color: var(--up); }
.down, .rising, .bad, .odd { color: var(--down); }
.failing, .full { color: var(--warn); }
.drain, .nolb { color: var(--drain); }
.maint { color: var(--maint); }
.unchecked { color: var(--soft); }
td.bad { font-weight: 600; }
.gone > * { color: var(--soft); }
.gone .st { color: var(--down); }
.fine { background: var(--tint-up); border-radius: 8px; padding: 8px 12px; margin: 0; }
meter { width: 56px; height: 10px; vertical-align: middle; margin-right: 8px; }
.more > td { padding: 0; border: 0; }
/* What an open row holds does not make the columns around it wider. */
.fold { width: 0; min-width: 100%; padding: 4px 10px 12px 26px; text-align: left; content-visibility: auto; contain-intrinsic-size: auto 120px; }
.fold .wide { border-radius: 6px; background: var(--back); }
.own, .fold > button, .pager { margin-top: 8px; }
.pager > span { margin: 0 10px; color: var(--soft); }
[aria-disabled] { opacity: .5; cursor: default; }
.own caption, .more .more caption { position: static; width: auto; height: auto; clip-path: none; text-align: left;
  padding: 6px 10px 2px; font-size: 12.5px; color: var(--soft); }
.own:empty { display: none; }

dialog { width: min(520px, 94vw); color: var(--text); background: var(--front); border: 1px solid var(--line);
  border-radius: 12px; padding: 16px 20px; }
dialog::backdrop { background: #0008; }
dialog h2 { margin: 0; font-size: 17px; overflow-wrap: anywhere; }
dialog label { display: block; margin: 10px 0; }
dialog label input, dialog select { width: 100%; }
dialog p { margin: 8px 0; }
footer { padding-top: 16px; padding-bottom: 24px; }
kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; background: var(--front); }
.unseen, .skip:not(:focus), caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

/* Narrow: each row is a card. */
@media (max-width: 640px) {
  header, nav, main, footer { padding-left: 10px; padding-right: 10px; }
  nav { position: static; }
  .cards { grid-template-columns: 1fr 1fr; }
  .menu { position: fixed; left: 4vw; right: 4vw; top: 10vh; }
  thead { display: none; }
  table, tbody, tr, .more > td { display: block; }
  tbody tr { padding: 6px 0; border-top: 1px solid var(--line); }
  tbody th, tbody td { display: flex; justify-content: space-between; gap: 12px; border: 0; padding: 2px 10px; text-align: right;
    white-space: normal; overflow-wrap: anywhere; }
  td.left:not(.st) { max-width: none; }
  tbody td::before { content: attr(data-label); color: var(--soft); text-align: left; white-space: nowrap; font-weight: 400; }
  .more > td::before { content: none; }
  .fold { padding: 0 6px 6px 12px; }
}
@media (prefers-reduced-motion: no-preference) {
  button { transition: background .1s; }
}
]=],
  ["app.js"] = [=[
"use strict";
// The page: asks api/state again and again, and changes what of the document is different.
// Whatever HAProxy says becomes text, never markup.
(() => {
const $ = id => document.getElementById(id);
const el = (tag, props, ...kids) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) k in e ? e[k] = v : e.setAttribute(k, v);
  e.append(...kids);
  return e;
};
const text = (e, s) => { if (e.textContent !== s) e.textContent = s; };
const attr = (e, k, v) => {
  if (v == null) e.removeAttribute(k); else if (e.getAttribute(k) !== v) e.setAttribute(k, v);
};
const store = (box, k, v) => {
  try { if (v === undefined) return box().getItem(k); box().setItem(k, v); } catch { return null; }
};

// ---- numbers as people read them ----
const count = v => v == null ? "–" : v < 1e3 ? String(v) : String(Math.round(v)).replace(/\B(?=(\d{3})+$)/g, ",");
const rate = v => v == null ? "–" : v === 0 ? "0" : v < 9.95 ? v.toFixed(1) : count(Math.round(v));
const bytes = v => {
  if (v == null) return "–";
  let u = 0;
  while (v >= 999.5 && u < 6) { v /= 1000; u++; }
  return (u && v < 9.95 ? v.toFixed(1) : Math.round(v)) + " " + ["B", "kB", "MB", "GB", "TB", "PB", "EB"][u];
};
const span = s => {
  if (s == null || s < 0) return "–";
  const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  return d ? `${d}d ${h}h` : h ? `${h}h ${m}m` : m ? `${m}m ${s % 60}s` : `${s}s`;
};
const forms = { n: count, r: rate, b: v => v == null ? "–" : bytes(v) + "/s", B: bytes, s: span, t: v => v ?? "",
  m: v => v == null ? "–" : count(v) + " ms", l: v => v ? count(v) : "–" };

// name, kinds, form, label: every column that there is to choose from.
const COLUMNS = `status fbs t Status|weight bs n Weight|req_tot_s f r Requests/s|stot_s bs r Requests/s
scur fbs n Sessions|smax fbs n Most|slim fs l Limit|qcur bs n Queue|qmax bs n Queue most|qlimit s l Queue limit
bin_s fbs b In|bout_s fbs b Out|hrsp_2xx_s fbs r 2xx/s|hrsp_3xx_s fbs r 3xx/s|hrsp_4xx_s fbs r 4xx/s
hrsp_5xx_s fbs r 5xx/s|ereq_s f r Bad requests/s|econ_s bs r Connect errors/s|eresp_s bs r Response errors/s
wretr_s bs r Retries/s|wredis_s bs r Redispatches/s|dreq_s fb r Denied/s|qtime bs m In queue|ctime bs m Connect
rtime bs m Response|ttime bs m In all|rtime_max bs m Response most|last_chk s t Last check|check_status s t Check
check_code s l Check code|check_duration s m Check took|lastchg bs s Since|downtime bs s Down time|chkfail s n Checks failed
chkdown bs n Times down|addr s t Address|cookie bs t Cookie|act bs n Active|bck bs n Backup|throttle s l Throttle
lastsess bs s Last session|rate fbs r Sessions/s|rate_max fbs n Sessions/s most|stot fbs n Sessions in all
req_tot fb n Requests in all|lbtot bs n Balanced|bin fbs B In in all|bout fbs B Out in all|hrsp_4xx fbs n 4xx in all
hrsp_5xx fbs n 5xx in all|econ bs n Connect errors|eresp bs n Response errors|wretr bs n Retries|wredis bs n Redispatches
cli_abrt bs n Clients left|srv_abrt bs n Servers left|mode fb t Mode`.split(/[|\n]/).map(line => {
  const [, name, kinds, form, label] = /^(\S+) (\S+) (\S) (.*)$/.exec(line);
  return { name, kinds, form, label, form_of: forms[form], left: form === "t" };
});
const KINDS = { f: "frontend", b: "backend", s: "server" };
const DEFAULTS = {
  f: "status,req_tot_s,scur,slim,bin_s,bout_s,hrsp_4xx_s,hrsp_5xx_s",
  b: "status,stot_s,scur,qcur,bin_s,bout_s,hrsp_4xx_s,hrsp_5xx_s,rtime,wretr_s,weight",
  s: "status,weight,stot_s,scur,slim,qcur,hrsp_5xx_s,rtime,check_status,last_chk,lastchg,addr" };

// ---- what is shown: in the fragment, so that a link shows the same page ----
let view = {};
const read_fragment = () => {
  const p = new URLSearchParams(location.hash.slice(1));
  const list = k => p.getAll(k);
  view = { q: p.get("q") || "", only: p.get("only") || "", process: p.get("process") || "", every: p.get("every") || "2",
    open: new Set(list("open")), closed: new Set(list("closed")), rows: new Set(list("row")), sort: {}, columns: {} };
  for (const k of "fbs") view.columns[k] = (p.get("columns." + k) ?? DEFAULTS[k]).split(",");
  for (const s of list("sort")) { const [k, c] = s.split(":"); if (c) view.sort[k] = c; }
};
const write_fragment = () => {
  const p = new URLSearchParams();
  for (const k of ["q", "only", "process"]) if (view[k]) p.set(k, view[k]);
  if (view.every !== "2") p.set("every", view.every);
  for (const k of ["open", "closed"]) for (const b of view[k]) p.append(k, b);
  for (const r of view.rows) p.append("row", r);
  for (const [k, c] of Object.entries(view.sort)) p.append("sort", k + ":" + c);
  for (const k of "fbs") if (view.columns[k].join() !== DEFAULTS[k]) p.set("columns." + k, view.columns[k].join());
  history.replaceState(null, "", p.size ? "#" + p : location.pathname + location.search);
};
const query = () => {
  const p = new URLSearchParams();
  for (const k of ["q", "only", "process"]) if (view[k]) p.set(k, view[k]);
  for (const b of view.open) { p.append("open", b); if (b !== "*") p.append("detail", "backend/" + b); }
  for (const b of view.closed) p.append("closed", b);
  for (const r of view.rows) p.append("detail", r);
  for (const k of "fbs") p.append("columns", KINDS[k] + ":" + view.columns[k].join());
  return p.toString();
};
const change_view = f => { f(); write_fragment(); controls(); draw(); ask(); };

// ---- status: a word, a colour and a shape ----
// The later it stands here, the worse it is.
const SHAPES = { unchecked: "○", up: "●", maint: "■", drain: "◆", nolb: "◆", failing: "▲", full: "▲", rising: "△", down: "▼" };
const word = s => !s || /^no check/.test(s) ? "unchecked" : /^(UP$|OPEN)/.test(s) ? "up" : /^(MAINT|PAUSED)/.test(s) ? "maint"
  : /^DRAIN/.test(s) ? "drain" : /^NOLB/.test(s) ? "nolb" : /^UP /.test(s) ? "failing" : /^FULL/.test(s) ? "full"
  : /^DOWN \d/.test(s) ? "rising" : "down";
const rank = s => Object.keys(SHAPES).indexOf(word(s));
const worst = v => typeof v === "object" && v ? Object.keys(v).sort((a, b) => rank(b) - rank(a))[0] : v ?? "";
const mixed = v => Object.entries(v).sort((a, b) => b[1].length - a[1].length).map(([k, ps]) => `${k || "nothing"} in ${ps.join(", ")}`).join("; ");
const status = (td, v) => {
  const s = worst(v), both = typeof v === "object" && v;
  const all = both ? Object.values(v).flat().length : 0;
  text(td, `${SHAPES[word(s)]} ${s}${both ? ` in ${v[s].length} of ${all}` : ""}`);
  attr(td, "title", both ? mixed(v) : null);
  td.className = "left st " + word(s);
};

// ---- tables: what is there already is changed, not made again ----
// A browser lays a table out as a whole, which takes longer the more rows it has: there are never more than these.
const PAGE = 50;
// By table: the first row that is there; the key of one that has to be there.
const starts = new Map(), sought = new Map();
const page_of = (t, id, caption, all) => {
  const found = sought.has(id) ? all.findIndex(row => row.key === sought.get(id)) : -1;
  if (found >= 0) { starts.set(id, found - found % PAGE); sought.delete(id); }
  const last = Math.max(0, all.length - 1), start = Math.min(starts.get(id) || 0, last - last % PAGE);
  const paged = all.length > PAGE;
  if (paged && !t.pager) {
    const turn = by => { starts.set(id, Math.max(0, t.start + by)); draw(); };
    t.pager = el("div", { className: "pager", role: "group" }, el("button", { textContent: "Previous", onclick: () => turn(-PAGE) }),
      el("span"), el("button", { textContent: "Next", onclick: () => turn(PAGE) }));
    attr(t.pager, "aria-label", "Rows of: " + caption);
    t.e.parentNode.after(t.pager);
  }
  t.start = start;
  attr(t.e, "aria-rowcount", paged ? all.length + 1 : null);
  if (t.pager) {
    const [before, said, after] = t.pager.children;
    t.pager.hidden = !paged;
    attr(before, "aria-disabled", start ? null : "true");
    attr(after, "aria-disabled", start + PAGE < all.length ? null : "true");
    text(said, `${count(start + 1)} to ${count(Math.min(start + PAGE, all.length))} of ${count(all.length)}`);
  }
  return paged ? all.slice(start, start + PAGE) : all;
};
// host: where it is; columns: {key, label, left, put(td, row)}; all: rows, {key, ...}; more(row, td): a row below, or none.
const tables = new Map();
const table = (id, host, caption, columns, all, more, order) => {
  let t = tables.get(id);
  const shape = columns.map(c => c.key).join();
  if (!t || t.shape !== shape || t.host !== host) {
    t?.e.parentNode?.remove();
    t?.pager?.remove();
    t = { shape, host, rows: new Map(), heads: [], body: el("tbody"), wide: columns.length };
    const tr = el("tr");
    for (const c of columns) {
      const th = el("th", { scope: "col", className: c.left ? "left" : "", title: c.title || "" });
      if (c.label && order) th.append(el("button", { textContent: c.label, onclick: () => sort_by(order, c.key) }));
      else th.append(c.label);
      t.heads.push([c.key, th]);
      tr.append(th);
    }
    t.e = el("table", {}, el("caption", { textContent: caption }), el("thead", {}, tr), t.body);
    host.append(el("div", { className: "wide" }, t.e));
    tables.set(id, t);
  }
  const sorted = view.sort[order] || "";
  for (const [k, th] of t.heads) if (order)
    attr(th, "aria-sort", sorted === k ? "ascending" : sorted === "-" + k ? "descending" : null);
  const seen = new Set(), rows = page_of(t, id, caption, all);
  let at = t.body.firstChild, n = t.start + 1;
  for (const row of rows) {
    seen.add(row.key);
    let r = t.rows.get(row.key);
    if (!r) {
      r = { tr: el("tr"), cells: [] };
      columns.forEach((c, i) => {
        const td = el(i ? "td" : "th", { className: c.left ? "left" : "" });
        if (!i) td.scope = "row";
        if (c.label) td.dataset.label = c.label;
        r.cells.push(td);
        r.tr.append(td);
      });
      t.rows.set(row.key, r);
    }
    if (at === r.tr) at = at.nextSibling; else t.body.insertBefore(r.tr, at);
    r.tr.className = row.className || "";
    attr(r.tr, "aria-rowindex", rows === all ? null : ++n);
    columns.forEach((c, i) => c.put(r.cells[i], row));
    if (more?.(row)) {
      if (!r.more) {
        r.more = el("tr", { className: "more" }, el("td", { colSpan: t.wide }, el("div", { className: "fold" })));
      }
      if (at === r.more) at = at.nextSibling; else t.body.insertBefore(r.more, at);
      more(row, r.more.firstChild.firstChild);
    } else if (r.more) {
      if (at === r.more) at = at.nextSibling;
      r.more.remove();
      r.more = null;
    }
  }
  for (const [k, r] of t.rows) if (!seen.has(k)) { r.tr.remove(); r.more?.remove(); t.rows.delete(k); }
};
const sort_by = (order, key) => change_view(() => {
  for (const id of starts.keys()) if (id[0] === order[0]) starts.delete(id);
  const now = view.sort[order];
  if (now === "-" + key) view.sort[order] = key; else if (now === key) delete view.sort[order]; else view.sort[order] = "-" + key;
});
const sort = (rows, order) => {
  const by = view.sort[order];
  if (!by) return rows;
  const down = by[0] === "-", key = down ? by.slice(1) : by;
  const value = row => key === "status" ? rank(worst(row.status)) : typeof row[key] === "object" ? worst(row[key]) : row[key];
  return rows.map((row, i) => [value(row), i, row]).sort(([a, i], [b, j]) =>
    a === b ? i - j : a == null ? 1 : b == null ? -1 : (a < b ? -1 : 1) * (down ? -1 : 1)).map(x => x[2]);
};
const records = t => t.rows.map(r => Object.fromEntries(t.columns.map((c, i) => [c, r[i]])));

const plain = (key, label, form, left) => ({ key, label, left, put: (td, row) => text(td, form(row[key])) });
const metric = k => name => {
  const c = COLUMNS.find(c => c.name === name && c.kinds.includes(k));
  return c && { key: name, label: c.label, left: c.left, title: name, put: (td, row) => {
    const v = row[name];
    if (name === "status") return status(td, v);
    const both = v && typeof v === "object";
    text(td, both ? Object.keys(v).map(c.form_of).join(" / ") : c.form_of(v));
    attr(td, "title", both ? mixed(v) : c.form === "r" || c.form === "b" || v == null ? null : String(v));
    td.className = (c.left ? "left" : v === 0 ? "zero" : "") + (both ? " odd" : "") + (/5xx_s|econ_s/.test(name) && v > 0 ? " bad" : "");
  } };
};
const metrics = k => view.columns[k].map(metric(k)).filter(Boolean);

// The first cell: a button that opens the row, the name, and a button to change it.
const opener = (label, open, toggle, act) => ({ key: "name", label, left: true, put: (th, row) => {
  if (!th.firstChild) {
    th.row = row;
    th.append(el("button", { className: "open", onclick: () => toggle(th.row) }, el("span"), el("b")));
    if (act) th.append(el("button", { className: "act", textContent: "⋯", onclick: () => act(th.row) }));
  }
  th.row = row;
  const [b, more] = th.children;
  attr(b, "aria-expanded", String(open(row)));
  text(b.lastChild, row.name);
  if (more) { more.hidden = !state.admin; attr(more, "aria-label", "Change " + row.name); }
} });
const flip = (set, k) => change_view(() => set.has(k) ? set.delete(k) : set.add(k));

// ---- the sections ----
let state = null, jobs = new Map();
// What takes long is done piece by piece, so that the page answers in between. What a browser has to do for
// the rows that were made takes several times as long as making them.
const pump = () => {
  const end = performance.now() + 4;
  for (const [k, job] of jobs) { jobs.delete(k); job(); if (performance.now() > end) break; }
  if (jobs.size) requestAnimationFrame(pump);
};
const later = (k, job) => { const idle = !jobs.size; jobs.set(k, job); if (idle) requestAnimationFrame(pump); };

const detail = (key, host) => {
  const d = state.details.find(d => `${d.kind}/${d.proxy}${d.server ? "/" + d.server : ""}` === key);
  if (!d) return;
  const rows = records(d).map(r => ({ ...r, key: r.process }));
  table(key, host, d.proxy + (d.server ? "/" + d.server : "") + " in each process", [plain("process", "Process", String, true), ...metrics(d.kind[0])], rows);
};
const row_key = r => r.backend === undefined ? "frontend/" + r.name : `server/${r.backend}/${r.name}`;

const searched = () => view.q !== "" || view.only !== "";
const frontends = () => {
  const rows = sort(records(state.frontends), "frontends").map(r => ({ ...r, key: r.name }));
  const columns = [opener("Frontend", r => view.rows.has(row_key(r)), r => flip(view.rows, row_key(r)),
    r => change("frontend", r)), ...metrics("f")];
  $("frontends").hidden = !rows.length && searched();
  table("f", $("frontends").lastChild, "Frontends", columns, rows,
    (r, host) => view.rows.has(row_key(r)) && (host && detail(row_key(r), host), true), "frontends");
};

const servers = (backend, list, all, host) => {
  const rows = sort(list, "servers").map(r => ({ ...r, key: r.name }));
  const columns = [opener("Server", r => view.rows.has(row_key(r)), r => flip(view.rows, row_key(r)),
    r => change("server", r)), ...metrics("s")];
  if (!host.foot) {
    host.list = el("div"); host.own = el("div", { className: "own" });
    host.foot = el("button", { onclick: () => change_view(() => view.open.add(backend)) });
    host.append(host.list, host.foot, host.own);
  }
  table("s/" + backend, host.list, "Servers of " + backend, columns, rows,
    (r, inner) => view.rows.has(row_key(r)) && (inner && detail(row_key(r), inner), true), "servers");
  // Of one that nobody opened there are those with which something is wrong.
  host.foot.hidden = is_open(backend) || searched() || list.length === all;
  text(host.foot, `All ${count(all)} servers`);
  if (is_open(backend) && state.processes.rows.length > 1) detail("backend/" + backend, host.own);
};

const is_open = b => (view.open.has(b) || view.open.has("*")) && !view.closed.has(b);
const servers_in = r => r.up + r.down + r.drain + r.maint;
const bar = { key: "up", label: "Servers", left: true, put: (td, r) => {
  if (!td.firstChild) td.append(el("meter", { min: 0 }), el("span"));
  const all = servers_in(r), [m, s] = td.children;
  m.max = Math.max(all, 1); m.value = r.up; m.hidden = !all;
  text(s, all ? `${r.up} of ${all} up` : "none");
  attr(td, "title", `${r.up} up, ${r.down} down, ${r.drain} drained, ${r.maint} in maintenance`);
  td.className = "left" + (all && !r.up ? " bad" : "");
} };
// Servers by their backend, as they were told; a backend has some where something is wrong, too.
const members = new Map();
const has = r => !view.closed.has(r.name) && (members.has(r.name) || is_open(r.name));
const backends = () => {
  members.clear();
  for (const r of records(state.servers)) { if (!members.has(r.backend)) members.set(r.backend, []); members.get(r.backend).push(r); }
  const rows = sort(records(state.backends), "backends").map(r => ({ ...r, key: r.name }));
  const columns = [opener("Backend", has, r => change_view(() => {
    const [from, to] = has(r) ? ["open", "closed"] : ["closed", "open"];
    view[from].delete(r.name);
    view[to].add(r.name);
  })), bar, ...metrics("b")];
  table("b", $("backends").lastChild, "Backends", columns, rows,
    (r, host) => has(r) && (host && later("s/" + r.name, () => servers(r.name, members.get(r.name) || [], servers_in(r), host)), true), "backends");
  $("backends").hidden = !rows.length && searched() && !$("frontends").hidden;
  const left = state.servers.matching - state.servers.rows.length;
  text($("h-backends"), "Backends" + (left > 0 ? ` (${count(left)} servers more: search for them)` : ""));
};

const last = new Map();
const processes = () => {
  const now = Date.now();
  const rows = records(state.processes).map(r => {
    const key = r.address;
    if (r.error == null) { last.set(key, { ...r, at: now }); return { ...r, key }; }
    const old = last.get(key);
    return { ...old, ...Object.fromEntries(Object.entries(r).filter(([, v]) => v != null)), key, className: "gone",
      age: old && Math.round((now - old.at) / 1000) };
  });
  const columns = [
    { key: "process", label: "Process", left: true, put: (th, r) => {
      if (!th.firstChild) th.append(el("button", { className: "open", onclick: () => show_process(th.row) }));
      th.row = r;
      text(th.firstChild, r.name || String(r.process ?? "?"));
      attr(th.firstChild, "aria-pressed", String(view.process === String(r.process)));
    } },
    { key: "state", label: "State", left: true, put: (td, r) => {
      text(td, r.error ? "▼ does not answer" + (r.age != null ? `, last seen ${span(r.age)} ago` : "")
        : r.Stopping ? "◆ stopping" : "● answers");
      attr(td, "title", r.error);
      td.className = "left st " + (r.error ? "down" : r.Stopping ? "drain" : "up");
    } },
    plain("Version", "Version", forms.t, true), plain("Pid", "PID", v => v ?? "–"), plain("Uptime_sec", "Up for", span),
    { key: "CurrConns", label: "Connections", put: (td, r) =>
      text(td, r.CurrConns == null ? "–" : count(r.CurrConns) + (r.Maxconn ? " of " + count(r.Maxconn) : "")) },
    plain("ConnRate", "Connections/s", rate), plain("CumReq_s", "Requests/s", rate),
    { key: "Idle_pct", label: "Idle", put: (td, r) => {
      text(td, r.Idle_pct == null ? "–" : r.Idle_pct + " %");
      td.className = r.Idle_pct < 20 ? "bad" : "";
    } },
    plain("Run_queue", "Run queue", count),
    { key: "address", label: "Address", left: true, put: (td, r) => {
      text(td, r.address.replace(/^.*\//, ""));
      attr(td, "title", r.address);
    } }];
  table("p", $("processes").lastChild, "Processes", columns, sort(rows, "processes"), null, "processes");
};
const show_process = r => change_view(() => {
  view.process = view.process === String(r.process) || r.process == null ? "" : String(r.process);
  history_of = {};
});

// ---- problems ----
const where = p => p.server ? `${p.proxy}/${p.server}` : p.proxy;
const what = p => p.what === "status" ? "" : p.what === "weight" ? "weight " + mixed(p.value)
  : p.what === "absent" ? `is not in process ${p.processes.join(", ")}`
  : p.what === "full" ? `${count(p.value)} of ${count(p.limit)} sessions in process ${p.processes.join(", ")}`
  : `${count(p.value)} requests wait`;
let told = null;
const problems = () => {
  const gone = records(state.processes).filter(r => r.error != null).map(r => ({ key: "process " + (r.process ?? r.address),
    what: "process", place: "process " + (r.name ?? r.process ?? r.address), words: r.error }));
  const rows = gone.concat(state.problems.list.map(p => ({ ...p, key: p.what + " " + where(p), place: where(p),
    words: p.what === "status" ? (typeof p.value === "object" ? mixed(p.value) : "") + (p.check ? " " + p.check : "") : what(p) })));
  const n = gone.length + state.problems.count, host = $("problems").lastChild;
  text($("h-problems"), "Problems" + (n ? ` (${count(n)})` : ""));
  if (!host.fine) { host.fine = el("p", { className: "fine", textContent: "● Nothing is wrong." }); host.append(host.fine); }
  host.fine.hidden = n > 0;
  const columns = [
    { key: "place", label: "Where", left: true, put: (th, p) => {
      if (!th.firstChild) {
        th.append(el("button", { className: "open", onclick: () => go_to(th.row) }, el("b")),
          el("button", { className: "act", textContent: "⋯", onclick: () => change("server", { backend: th.row.proxy,
            name: th.row.server, status: th.row.what === "status" ? th.row.value : undefined }) }));
      }
      th.row = p;
      text(th.firstChild.firstChild, p.place);
      th.lastChild.hidden = !state.admin || !p.server;
      attr(th.lastChild, "aria-label", "Change " + p.place);
    } },
    { key: "what", label: "What", left: true, put: (td, p) => {
      if (p.what === "status") return status(td, p.value);
      text(td, { process: "▼ does not answer", weight: "◆ weights differ", absent: "◆ missing", full: "▲ nearly full",
        queue: "▲ queue" }[p.what]);
      td.className = "left st " + ({ process: "down", full: "full", queue: "full" }[p.what] || "nolb");
    } },
    plain("words", "Details", forms.t, true), plain("since", "Since", span)];
  if (n || tables.has("x")) table("x", host, "Problems", columns, rows);
  if (tables.has("x")) tables.get("x").e.parentNode.hidden = !n;
  const key = p => `${p.place}: ${p.what === "status" ? worst(p.value) : p.what}`;
  const now = new Set(rows.map(key));
  if (told) {
    const more = [...now].filter(k => !told.has(k)), less = [...told].filter(k => !now.has(k));
    if (more.length + less.length) text($("said"), [...more.slice(0, 3), ...less.slice(0, 3).map(k => "no longer " + k)].join(". "));
  }
  told = now;
  document.title = (n ? `(${n}) ` : "") + state.name;
};
const go_to = p => {
  if (p.what === "process") return $("processes").scrollIntoView();
  sought.set(p.kind === "frontend" ? "f" : "b", p.proxy).set("s/" + p.proxy, p.server);
  change_view(() => { if (p.server) { view.open.add(p.proxy); view.closed.delete(p.proxy); view.rows.add(`server/${p.proxy}/${p.server}`); } });
  $(p.kind === "frontend" ? "frontends" : "backends").scrollIntoView();
};

// ---- the head ----
const CARDS = [["requests", "Requests/s", rate], ["sessions", "Sessions", count], ["received", "In", forms.b],
  ["sent", "Out", forms.b], ["errors", "5xx/s", rate]];
const POINTS = 150;
let history_of = {};
const cards = () => {
  for (const [key, label, form] of CARDS) {
    let card = $("card-" + key);
    if (!card) {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.append(document.createElementNS(svg.namespaceURI, "polyline"));
      attr(svg, "viewBox", `0 0 ${POINTS} 30`);
      attr(svg, "preserveAspectRatio", "none");
      attr(svg, "role", "img");
      card = el("li", { id: "card-" + key }, el("span", { textContent: label }), el("b"), svg);
      $("cards").append(card);
    }
    const now = state.head[key], points = history_of[key] ||= [];
    if (now != null) points.push(now);
    if (points.length > POINTS) points.shift();
    text(card.children[1], form(now));
    card.className = key === "errors" && now > 0 ? "bad" : "";
    const least = points.length ? Math.min(...points) : null, most = points.length ? Math.max(...points) : null;
    attr(card.lastChild, "aria-label", `now ${form(now)}, least ${form(least)}, most ${form(most)}`);
    attr(card.lastChild.firstChild, "points",
      points.map((v, i) => `${POINTS - points.length + i},${(28 - 26 * v / (most || 1)).toFixed(1)}`).join(" "));
  }
};
const alive = () => {
  const all = state.processes.rows.length, gone = state.processes.rows.filter(r => r[3] != null).length;
  text($("name"), state.name);
  text($("alive"), gone ? `▼ ${all - gone} of ${all} processes answer` : `● ${all} of ${all} processes answer`);
  $("alive").className = "pill st " + (gone ? "down" : "up");
};

const draw = () => {
  if (!state) return;
  later("alive", alive);
  later("problems", problems); later("processes", processes); later("frontends", frontends); later("backends", backends);
};

// ---- asking ----
let timer = 0, asking = null, failures = 0, good = 0, tag = "", last_time = 0;
const pace = () => failures ? Math.min(30, 2 ** failures) : Number(view.every);
const wait = () => {
  clearTimeout(timer);
  if (!document.hidden && (pace() || failures)) timer = setTimeout(ask, 1000 * (pace() || 2));
};
const ask = async () => {
  clearTimeout(timer);
  asking?.abort();
  const mine = asking = new AbortController(), late = setTimeout(() => mine.abort(), 15000);
  try {
    const answer = await fetch("api/state?" + query(), { signal: mine.signal, credentials: "same-origin" });
    const body = await answer.json();
    if (asking !== mine) return;
    if (!answer.ok) throw new Error(body.error?.message || "status " + answer.status);
    failures = 0;
    good = Date.now();
    const etag = answer.headers.get("etag");
    if (etag !== tag || !state) {
      tag = etag; state = body;
      if (state.time !== last_time) { last_time = state.time; cards(); }
      draw();
    }
  } catch (error) {
    if (asking !== mine) return;
    failures++;
    text($("stale"), `${good ? "Stale since " + new Date(good).toLocaleTimeString() : "No answer yet"}: ${
      error.name === "AbortError" ? "no answer in time" : error.message}. Asked again in ${pace()} s.`);
  } finally { clearTimeout(late); }
  document.body.classList.toggle("stale", failures > 0);
  $("stale").hidden = !failures;
  controls();
  wait();
};

// ---- controls ----
const chips = [["", "All"], ["bad", "Not up"], ["busy", "With sessions"], ["errors", "With errors"]].map(([only, label]) => {
  const b = el("button", { textContent: label, onclick: () => change_view(() => { view.only = only; starts.clear(); }) });
  $("only").append(b);
  return [only, b];
});
const controls = () => {
  for (const [only, b] of chips) attr(b, "aria-pressed", String(view.only === only));
  if (document.activeElement !== $("search")) $("search").value = view.q;
  $("every").value = view.every;
  attr($("every-backend"), "aria-pressed", String(view.open.has("*")));
  text($("state"), view.every === "0" ? "paused" : failures ? "" : "live");
  $("process").hidden = !view.process;
  text($("process").firstChild, `Only the values of process ${view.process} are shown.`);
  $("json").href = "api/state?" + query();
  $("csv").href = "api/state.csv?" + query();
  for (const box of $("columns").querySelectorAll("input")) box.checked = view.columns[box.dataset.kind].includes(box.value);
};
for (const k of "fbs") {
  const group = el("fieldset", {}, el("legend", { textContent: { f: "Frontends", b: "Backends", s: "Servers" }[k] }));
  for (const c of COLUMNS) if (c.kinds.includes(k)) {
    const box = el("input", { type: "checkbox", value: c.name, onchange: () => change_view(() => {
      const list = view.columns[k].filter(n => n !== c.name);
      if (box.checked) list.push(c.name);
      view.columns[k] = COLUMNS.map(x => x.name).filter(n => list.includes(n));
    }) });
    box.dataset.kind = k;
    group.append(el("label", {}, box, " " + c.label));
  }
  $("columns").lastElementChild.append(group);
}
let typing = 0;
$("search").oninput = () => {
  clearTimeout(typing);
  typing = setTimeout(() => change_view(() => { view.q = $("search").value.trim(); starts.clear(); }), 200);
};
$("every").onchange = () => change_view(() => { view.every = $("every").value; });
$("every-backend").onclick = () => change_view(() => { view.open = new Set(view.open.has("*") ? [] : ["*"]); view.closed.clear(); });
$("process").lastElementChild.onclick = () => change_view(() => { view.process = ""; history_of = {}; });
const theme = v => { attr(document.documentElement, "data-theme", v || null); $("theme").value = v || ""; };
$("theme").onchange = () => { store(() => localStorage, "theme", $("theme").value); theme($("theme").value); };
theme(store(() => localStorage, "theme"));
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || $("change").open) return;
  const typed = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  if (e.key === "Escape") {
    $("columns").open = false;
    if (e.target === $("search")) { $("search").value = ""; change_view(() => { view.q = ""; }); $("search").blur(); }
  } else if (!typed && e.key === "/") { e.preventDefault(); $("search").focus(); }
  else if (!typed && e.key === "p") change_view(() => { view.every = view.every === "0" ? "2" : "0"; });
});
document.addEventListener("click", e => { if (!$("columns").contains(e.target)) $("columns").open = false; });
document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : ask());
addEventListener("hashchange", () => { read_fragment(); controls(); draw(); ask(); });

// ---- changing things ----
let wanted = null;
const change = (kind, row) => {
  const found = kind === "server" && records(state.servers).find(r => r.backend === row.backend && r.name === row.name);
  wanted = { kind, row: found || row, chosen: "" };
  const name = kind === "server" ? `${row.backend}/${row.name}` : row.name;
  text($("h-change"), (kind === "server" ? "Server " : "Frontend ") + name);
  const v = wanted.row.status;
  text($("change-now"), v == null ? "" : "Now " + (typeof v === "object" ? mixed(v) : v)
    + (wanted.row.weight == null ? "." : ", weight " + (typeof wanted.row.weight === "object" ? mixed(wanted.row.weight)
      : wanted.row.weight) + "."));
  const choices = kind === "server" ? ["ready", "drain", "maint", "weight"] : ["enabled", "disabled"];
  $("change-do").replaceChildren(...choices.map(c => el("button", { textContent: c, onclick: () => choose(c) })));
  const all = records(state.processes).filter(r => r.process != null);
  $("change-in").lastElementChild.replaceChildren(el("option", { value: "all", textContent: "all processes" }),
    ...all.map(r => el("option", { value: r.process, textContent: "process " + r.process + (r.name ? ", " + r.name : "") })));
  $("change-in").lastElementChild.value = view.process || "all";
  $("change-in").hidden = all.length < 2;
  $("change-weight").lastElementChild.value = typeof wanted.row.weight === "number" ? wanted.row.weight : "";
  $("change-confirm").lastElementChild.value = "";
  $("change-token").lastElementChild.value = store(() => sessionStorage, "token") || "";
  $("change-confirm").hidden = true;
  $("change-token").hidden = state.trusted;
  $("change-told").replaceChildren();
  choose("");
  $("change").showModal();
};
const choose = c => {
  wanted.chosen = c;
  for (const b of $("change-do").children) attr(b, "aria-pressed", String(b.textContent === c));
  $("change-weight").hidden = c !== "weight";
  $("change-go").disabled = !c;
};
const tell = (...lines) => $("change-told").replaceChildren(...lines.map(([s, bad]) =>
  el("p", { textContent: s, className: bad ? "bad" : "ok" })));
const apply = async () => {
  const { kind, row, chosen } = wanted, one = Number($("change-in").lastElementChild.value), body = { processes: one || "all" };
  const by_weight = chosen === "weight", field = by_weight ? "weight" : "status", both = row[field];
  const seen = typeof both === "object" && one ? Object.keys(both).find(k => both[k].includes(one)) : both;
  if (by_weight) body.weight = Number($("change-weight").lastElementChild.value); else body.state = chosen;
  if (typeof seen === "string" || typeof seen === "number") body.expect = seen;
  if (!$("change-confirm").hidden) body.confirm = $("change-confirm").lastElementChild.value;
  const key = $("change-token").lastElementChild.value, headers = { "Content-Type": "application/json" };
  if (key) headers.Authorization = "Bearer " + key;
  const parts = kind === "server" ? ["servers", row.backend, row.name] : ["frontends", row.name];
  $("change-go").disabled = true;
  try {
    const answer = await fetch("api/" + parts.map(encodeURIComponent).join("/"),
      { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
    const result = await answer.json(), error = result.error;
    if (answer.status !== 401 && key) store(() => sessionStorage, "token", key);
    const lines = (result.results || []).map(r => [`Process ${r.process}: ` + (r.error ||
      `${r.before?.[field]} → ${r.after?.[field] ?? "?"}`), !r.ok]);
    if (error) lines.unshift([error.message, true]);
    tell(...lines);
    if (error?.code === "confirm") {
      $("change-confirm").hidden = false;
      text($("change-confirm").firstElementChild, `Type ${kind === "server" ? row.backend : row.name} to go on`);
      $("change-confirm").lastElementChild.focus();
    } else if (error?.code === "no_token") $("change-token").lastElementChild.focus();
    if (!error) { wanted.row = { ...row, status: undefined, weight: undefined }; ask(); }
  } catch (error) { tell([error.message, true]); }
  $("change-go").disabled = false;
};
$("change-go").onclick = apply;
$("change").onkeydown = e => {
  if (e.key === "Enter" && e.target.tagName === "INPUT" && wanted.chosen) { e.preventDefault(); apply(); }
};
$("change-close").onclick = () => $("change").close();

read_fragment();
controls();
ask();
})();
]=],
  ["index.html"] = [=[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>HAProxy</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="app.css">
<script src="app.js" defer></script>
</head>
<body>
<a class="skip" href="#main">To the tables</a>
<header>
  <div class="bar">
    <h1 id="name">HAProxy</h1>
    <span id="alive" class="pill"></span>
    <span id="state"></span>
    <span class="gap"></span>
    <label>Every <select id="every">
      <option value="1">1 s</option><option value="2">2 s</option><option value="5">5 s</option>
      <option value="10">10 s</option><option value="30">30 s</option><option value="0">paused</option>
    </select></label>
    <label>Theme <select id="theme">
      <option value="">auto</option><option value="light">light</option><option value="dark">dark</option>
    </select></label>
  </div>
  <p id="stale" role="alert" hidden></p>
  <noscript><p class="note">This page needs JavaScript. <a href="./?plain">The same as a plain table</a> does not.</p></noscript>
  <ul id="cards" class="cards"></ul>
</header>
<nav class="bar" aria-label="What is shown">
  <input id="search" type="search" placeholder="Search: name, address, status:down, backend:app, process:2 ( / )"
    aria-label="Search" autocomplete="off" spellcheck="false">
  <span id="only" class="chips" role="group" aria-label="Filter"></span>
  <button id="every-backend" aria-pressed="false">Open all</button>
  <details id="columns"><summary>Columns</summary><div class="menu"></div></details>
  <span class="links"><a id="json" href="api/state">JSON</a> <a id="csv" href="api/state.csv">CSV</a>
    <a href="metrics">metrics</a></span>
</nav>
<p id="process" class="note" hidden><span></span> <button>All processes</button></p>
<main id="main" tabindex="-1">
  <section id="problems" aria-labelledby="h-problems"><h2 id="h-problems">Problems</h2><div></div></section>
  <section id="processes" aria-labelledby="h-processes"><h2 id="h-processes">Processes</h2><div></div></section>
  <section id="frontends" aria-labelledby="h-frontends"><h2 id="h-frontends">Frontends</h2><div></div></section>
  <section id="backends" aria-labelledby="h-backends"><h2 id="h-backends">Backends</h2><div></div></section>
</main>
<footer><kbd>/</kbd> search <kbd>Esc</kbd> clear <kbd>p</kbd> pause · a row opens to each process</footer>
<p id="said" class="unseen" role="status"></p>
<dialog id="change" aria-labelledby="h-change">
  <h2 id="h-change"></h2>
  <p id="change-now"></p>
  <div id="change-do" class="chips" role="group" aria-label="What to do"></div>
  <label id="change-in">In <select></select></label>
  <label id="change-weight">Weight (0 to 256) <input type="number" min="0" max="256"></label>
  <label id="change-confirm" hidden><span></span> <input autocomplete="off" spellcheck="false"></label>
  <label id="change-token">Token <input type="password" autocomplete="off"></label>
  <div id="change-told" role="alert"></div>
  <p class="bar"><span class="gap"></span><button id="change-close">Close</button>
    <button id="change-go" class="go">Apply</button></p>
</dialog>
</body>
</html>
]=],
}

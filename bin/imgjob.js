#!/usr/bin/env node
'use strict';

// In words that old versions understand: they would break off within what they don't know.
const needed = [20, 18, 1];
const present = process.versions.node.split('.').map(Number);
const differing = needed.findIndex((part, index) => part !== present[index]);

if (differing !== -1 && present[differing] < needed[differing]) {
  const version = needed.join('.');
  console.error(`imgjob needs Node.js ${version} or newer, this is ${process.version}`);
  process.exitCode = 3;
} else {
  start();
}

function start() {
  try {
    keepCompiled();
  } catch (_error) {
    // There is no home folder: it starts as fast as it does without.
  }
  require('../dist/cli/main.cjs');
}

// Node.js 22.8 and newer keep what they have compiled until the next start: they write it when the
// process exits, by itself or by process.exit (after a signal that is caught, too), and never when it
// is killed. Their own place for it is shared by all users of a machine, and what lies there is run:
// hence one of this user's. NODE_COMPILE_CACHE names another, NODE_DISABLE_COMPILE_CACHE=1 is without.
function keepCompiled() {
  const { enableCompileCache } = require('node:module');
  if (!enableCompileCache) return;
  const { mkdirSync } = require('node:fs');
  const { homedir } = require('node:os');
  const { dirname, isAbsolute, join } = require('node:path');
  const { XDG_CACHE_HOME: cache = '' } = process.env;
  const folder = join(isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'imgjob');
  // One by one: Node.js would make all that is missing, which under /proc it tries for ever.
  for (const each of [dirname(folder), folder]) {
    try {
      mkdirSync(each, 0o700);
    } catch (error) {
      if (error.code !== 'EEXIST') return;
    }
  }
  enableCompileCache(folder);
}

import { pathToFileURL } from 'node:url'

/** What reads a configuration and decides, from a build. */
export const loadBuild = async folder => {
  const load = path => import(pathToFileURL(`${folder}/${path}`).href)
  const [{ createRouter }, { readPluginConfig }] = await Promise.all([
    load('core/index.js'),
    load('config/read.js'),
  ])
  return { createRouter, readPluginConfig }
}

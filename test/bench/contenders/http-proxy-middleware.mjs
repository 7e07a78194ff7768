import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { keepAliveAgent, serve, target } from './serve.mjs'

// Without a limit, as for the http-proxy that it is built on.
const agent = keepAliveAgent()
const proxy = createProxyMiddleware({ target, agent })
serve(express().use(proxy), proxy.upgrade)

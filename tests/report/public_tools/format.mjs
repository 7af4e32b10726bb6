// Reads messages from standard input and writes what Cucumber's own formatters make of them: format.mjs html|junit
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseEnvelope } from '@cucumber/messages'

async function* envelopes() {
  for await (const line of createInterface({ input: process.stdin })) yield parseEnvelope(line)
}

if (process.argv[2] === 'html') {
  const { CucumberHtmlStream } = await import('@cucumber/html-formatter')
  const home = dirname(createRequire(import.meta.url).resolve('@cucumber/html-formatter/package.json'))
  const at = (...parts) => join(home, 'dist', ...parts)
  const html = new CucumberHtmlStream(at('main.css'), at('main.js'), at('src', 'icon.url'))
  html.pipe(process.stdout)
  for await (const envelope of envelopes()) html.write(envelope)
  html.end()
} else {
  const { JUnitXmlPrinter } = await import('@cucumber/junit-xml-formatter')
  const printer = new JUnitXmlPrinter({}, (text) => process.stdout.write(text))
  for await (const envelope of envelopes()) printer.update(envelope)
}

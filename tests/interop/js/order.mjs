// An order's life, as tastytrade's own JavaScript SDK sees it: nothing is set but addresses and credentials.
//
//   tastyflow simulator --describe ──▶ stdin ──▶ sign in ─▶ accounts ─▶ account streamer ─▶ quotes
//     ─▶ dry run ─▶ place a limit, follow it to Live, cancel it ─▶ place a marketable one, follow it to Filled
//     ─▶ place nonsense, and be refused with its codes
//
// Each step is printed when it is done; the first that fails ends it with 1.

import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import TastytradeClient, { MarketDataSubscriptionType } from '@tastytrade/api'
import WebSocket from 'ws'

const PATIENCE_MS = 15_000
globalThis.WebSocket = WebSocket // the SDK's quote streamer asks for the browser's

const side = process.argv[2] ?? 'production'
const place = JSON.parse(await text(process.stdin))[side]
const client = new TastytradeClient({
  baseUrl: place.api_url,
  accountStreamerUrl: place.streamer_url,
  clientSecret: place.client_secret,
  refreshToken: place.refresh_token,
  oauthScopes: ['read', 'trade'],
})

const done = (step, told = '') => console.log(`  ok  ${step}${told ? `: ${told}` : ''}`)

const share = (symbol, price, more = {}) => ({
  'time-in-force': 'Day',
  'order-type': 'Limit',
  price,
  'price-effect': 'Debit',
  legs: [{ 'instrument-type': 'Equity', symbol, quantity: 1, action: 'Buy to Open' }],
  ...more,
})

// What the account streamer told, and who waits for more of it.
const told = []
const waiting = new Set()

const hear = (message) => {
  told.push(message)
  for (const look of waiting) look()
}

const until = (what, found) =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      waiting.delete(look)
      reject(new Error(`waited in vain for ${what}`))
    }, PATIENCE_MS)
    const look = () => {
      const answer = found()
      if (!answer) return
      clearTimeout(late)
      waiting.delete(look)
      resolve(answer)
    }
    waiting.add(look)
    look()
  })

const statusesOf = (id) =>
  told.filter((each) => each.type === 'Order' && each.data.id === id).map((each) => each.data.status)

const reaches = (id, status) => until(`${status} of order ${id}`, () => statusesOf(id).includes(status))

const quote = (symbol) =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no quote of ${symbol}`)), PATIENCE_MS)
    client.quoteStreamer.addEventListener((events) => {
      const found = events.find((event) => event.eventType === 'Quote' && event.eventSymbol === symbol)
      if (!found) return
      clearTimeout(late)
      resolve(found)
    })
    client.quoteStreamer.connect().then(
      () => client.quoteStreamer.subscribe([symbol], [MarketDataSubscriptionType.Quote]),
      reject
    )
  })

const run = async () => {
  const accounts = await client.accountsAndCustomersService.getCustomerAccounts()
  const account = accounts[0].account['account-number']
  assert.equal(account, place.account)
  done('signs in and lists accounts', account)

  const [balances] = [await client.balancesAndPositionsService.getAccountBalanceValues(account)].flat()
  done('asks for balances', `${balances['cash-balance']} in cash`)

  client.accountStreamer.addMessageObserver(hear)
  await client.accountStreamer.start()
  await client.accountStreamer.subscribeToAccounts([account])
  done('connects to the account streamer')

  const chain = await client.instrumentsService.getNestedOptionChain('SPY')
  done('reads a nested option chain', `${chain[0].expirations.length} expirations of SPY`)

  const { bidPrice, askPrice } = await quote('SPY')
  assert.ok(bidPrice > 0 && askPrice > bidPrice)
  done('hears a quote by DXLink', `SPY ${bidPrice} - ${askPrice}`)

  const dry = await client.orderService.postOrderDryRun(account, share('SPY', '1.00'))
  assert.equal(dry.order.status, 'Received')
  assert.equal(dry.order.id, undefined)
  done('dry-runs an order', `fees of ${dry['fee-calculation']['total-fees']}`)

  const reference = `interop-${process.pid}`
  const resting = (await client.orderService.createOrder(account, share('SPY', '1.00', { 'external-identifier': reference }))).order
  await reaches(resting.id, 'Live')
  assert.ok(statusesOf(resting.id).includes('In Flight'))
  assert.equal(told.find((each) => each.data?.id === resting.id).data['external-identifier'], reference)
  done('places a limit order and follows it', statusesOf(resting.id).join(', '))

  const live = await client.orderService.getLiveOrders(account)
  assert.ok(live.some((order) => order.id === resting.id && order['external-identifier'] === reference))
  done('finds it among the live orders by its reference')

  await client.orderService.cancelOrder(account, resting.id)
  await reaches(resting.id, 'Cancelled')
  done('cancels it', statusesOf(resting.id).slice(-2).join(', '))

  const again = await client.orderService.cancelOrder(account, resting.id).catch((error) => error)
  assert.equal(again.response?.status, 422)
  done('is told that it is over', again.response.data.error.code)

  const marketable = (await client.orderService.createOrder(account, share('SPY', String(askPrice * 2)))).order
  await reaches(marketable.id, 'Filled')
  const filled = await client.orderService.getOrder(account, marketable.id)
  const [fill] = filled.legs[0].fills
  assert.equal(filled.status, 'Filled')
  done('places a marketable order', `${statusesOf(marketable.id).join(', ')} at ${fill['fill-price']}`)

  const position = await until('its position', () => told.find((each) => each.type === 'CurrentPosition'))
  const positions = await client.balancesAndPositionsService.getPositionsList(account)
  assert.ok(positions.some((each) => each.symbol === 'SPY'))
  done('hears of the position and lists it', `${position.data.quantity} ${position.data.symbol}`)

  const wrong = await client.orderService
    .createOrder(account, share('SPY', '1.00', { 'price-effect': 'Credit' }))
    .catch((error) => error)
  assert.equal(wrong.response?.status, 422)
  const { code, errors } = wrong.response.data.error
  assert.equal(code, 'preflight_check_failure')
  assert.equal(errors[0].code, 'cant_buy_for_credit')
  done('is refused with codes', `${code}: ${errors.map((each) => `${each.code} "${each.message}"`).join('; ')}`)

  const heartbeat = await until('a heartbeat', () => told.find((each) => each.action === 'heartbeat'))
  assert.equal(heartbeat.status, 'ok')
  done('has its heartbeats answered')
}

try {
  await run()
  process.exit(0)
} catch (error) {
  console.error(`  FAILED  ${error.message}`)
  console.error(error.response ? JSON.stringify(error.response.data) : error.stack)
  process.exit(1)
}

import { BlockList, isIP } from 'node:net'

/**
 * Whether an address belongs to the public internet, in any spelling that sockets know. What is not plainly public is
 * not: IPv6 addresses outside of the block that is given out at all carry IPv4 ones (::ffff:0:0/96, 64:ff9b::/96), or
 * stay within a network.
 */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  // A zone ("fe80::1%eth0") is said of inner addresses only, and lists don't match them.
  if (family !== 6 || address.includes('%')) return false
  return givenOut.check(address, 'ipv6') && !special.check(address, 'ipv6')
}

/** Source: IANA IPv6 Address Space registry; all that is given out for use between networks. */
const givenOut = listOf(['2000::/3'])

/** Source: IANA IPv4 and IPv6 Special-Purpose Address registries, Nov 2026. */
const special = listOf([
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by a carrier's customers; one cloud's metadata (100.100.100.200)
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // public by its looks, but in one cloud the machine's own host answers there
  '169.254.0.0/16', // link-local; metadata of most clouds (169.254.169.254)
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments; one cloud's metadata (192.0.0.192)
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays, given up
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved; broadcast
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: an IPv4 address inside
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
])

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/')
    list.addSubnet(net, Number(prefix), net.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}

// SPDX-License-Identifier: Apache-2.0
#include "rules/network.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Network, ContainsTheAddressesOfItsPrefix) {
  struct Row {
    std::string_view network;
    std::string_view address;
    bool contains;
  };
  const Row rows[] = {
      {"10.0.0.0/8", "10.255.1.2", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"192.168.4.0/22", "192.168.7.255", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "::1", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1/32", "127.0.0.2", false},
      {"::1/128", "::1", true},
      {"::/0", "fe80::1", true},
      {"::/0", "10.0.0.1", false},
      {"fe80::/10", "febf::1", true},
      {"fe80::/10", "fec0::1", false},
      {"fe80::/10", "fe80::1%12", true},
      {"10.0.0.0/8", "::ffff:10.1.2.3", true},
      {"::ffff:10.0.0.0/104", "10.1.2.3", true},
      {"::ffff:10.0.0.0/104", "::ffff:11.1.2.3", false},
      {"2001:db8::/33", "2001:db8:7fff::", true},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"10.0.0.0/8", "10.1.2", false},
      {"10.0.0.0/8", "10.1.2.3:80", false},
      {"10.0.0.0/8", "host", false},
      {"10.0.0.0/8", "", false},
      {"10.0.0.0/8", " 10.1.2.3", false},
      {"10.0.0.0/8", "010.1.2.3", false},
  };
  for (const Row& row : rows) {
    const Result<Network> network = parse_network(row.network);
    ASSERT_TRUE(network) << row.network;
    const std::optional<Address> address = parse_address(row.address);
    EXPECT_EQ(address && network->contains(*address), row.contains) << row.network << " " << row.address;
  }
}

TEST(Network, WhatIsNoNetworkIsRefused) {
  for (const std::string_view text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1",
                                      "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10.*", "host/8", "10.0.0.0/08x"})
    EXPECT_EQ(parse_network(text).error().kind, ErrorKind::Malformed) << text;
  for (const std::string_view text : {"10.0.0.1/8", "192.168.4.1/22", "::1/64", "10.0.0.0/3"})
    EXPECT_EQ(parse_network(text).error().kind, ErrorKind::InvalidArgument) << text;
}

}  // namespace
}  // namespace countersign

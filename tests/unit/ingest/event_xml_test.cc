// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/event_xml.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace countersign {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read(std::string_view xml) {
  Event event;
  const auto failure = read_event_xml(xml, {}, event);
  if (failure) return {{std::string(failure->reason), failure->message}};
  Pairs out;
  for (const Field& field : event.fields()) out.emplace_back(field.name, field.value.text);
  return out;
}

TEST(EventXml, GivesTheFieldsThatEvtxDumpGives) {
  const Pairs expected = {
      {"Event.#attributes.xmlns", "urn:x"},
      {"Event.System.Provider.#attributes.Name", "Linux-Sysmon"},
      {"Event.System.Provider", ""},
      {"Event.System.EventID", "1"},
      {"Event.EventData.CommandLine", "a < b && \"c\" \u00e9"},
      {"Event.EventData.Empty", ""},
      {"Event.EventData.Data", "without name"},
      {"Event.UserData.Inner.Name", "value"},
  };
  EXPECT_EQ(
      read(R"(<Event xmlns="urn:x"><System><Provider Name="Linux-Sysmon"/> <EventID>1</EventID></System>)"
           R"(<EventData> <Data Name="CommandLine">a &lt; b &amp;&amp; &quot;c&quot; &#233;</Data>)"
           R"(<Data Name="Empty"></Data><Data>without name</Data></EventData>)"
           R"(<UserData><Inner><Name>value</Name></Inner></UserData></Event>)"),
      expected);
}

TEST(EventXml, ABareAmpersandCountsAsText) {
  const Pairs expected = {{"Event.EventData.Image", "&lt unknown process&gt & a&b"}};
  EXPECT_EQ(
      read(R"(<Event><EventData><Data Name="Image">&lt unknown process&gt & a&b</Data></EventData></Event>)"),
      expected);
}

TEST(EventXml, WhatIsNoXmlIsRefused) {
  struct Row {
    std::string xml;
    std::string reason;
  };
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  std::string wide = "<a>";
  for (int i = 0; i < 3'000; ++i) wide += "<b/>";
  const Row rows[] = {
      {"", "bad_xml"},
      {"<Event>", "bad_xml"},
      {"<Event></System>", "bad_xml"},
      {"<a/><b/>", "bad_xml"},
      {"<a>&unknown;</a>", "bad_xml"},
      {"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "bad_xml"},
      {deep, "too_deep"},
      {wide + "</a>", "too_many_fields"},
      {"<" + std::string(5'000, 'n') + "/>", "too_long_name"},
  };
  for (const Row& row : rows) {
    const Pairs out = read(row.xml);
    ASSERT_EQ(out.size(), 1U) << row.xml.substr(0, 40);
    EXPECT_EQ(out[0].first, row.reason) << row.xml.substr(0, 40);
  }
}

}  // namespace
}  // namespace countersign

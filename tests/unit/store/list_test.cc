// SPDX-License-Identifier: Apache-2.0
// Lists of alerts: order, filters, pages; and the gauges.
#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/case_fold.h"
#include "world.h"

namespace countersign::test {
namespace {

using Field = FilterTerm::Field;

class Lists : public testing::Test {
 protected:
  void SetUp() override {
    world.open();
    for (int i = 0; i < 60; ++i) {
      Store::ManualAlert alert;
      alert.title = fmt::format("Alert {} of {}", i, i % 2 == 0 ? "Firewall" : "antivirus");
      alert.severity = static_cast<Level>(1 + i % 5);
      alert.entities = {{"host.name", fmt::format("H{}", i % 3)}};
      alert.context = human("p-anna");
      world.clock.advance(std::chrono::seconds{1});
      const auto opened = world.store->open_manual(alert);
      ASSERT_TRUE(opened) << opened.error().message;
      if (i % 4 == 1) take(opened->alert, "p-anna");
      if (i % 4 == 2) close(opened->alert, "p-bert");
    }
  }
  void take(const Alert& alert, const std::string& person) {
    ASSERT_TRUE(world.store->act(action(ActionKind::Take, alert, person)));
  }
  void close(const Alert& alert, const std::string& person) {
    ASSERT_TRUE(world.store->act(closing(alert, person)));
  }
  std::vector<Alert> walk(AlertQuery query) {
    std::vector<Alert> out;
    for (int pages = 0; pages < 1'000; ++pages) {
      auto page = world.store->alerts(query);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) break;
      EXPECT_LE(page->alerts.size(), query.limit);
      std::ranges::move(page->alerts, std::back_inserter(out));
      if (page->next.empty()) break;
      query.after = page->next;
    }
    return out;
  }
  std::size_t count(std::vector<FilterTerm> filter) {
    std::set<std::size_t> sizes;
    for (const AlertSort sort :
         {AlertSort::Triage, AlertSort::Due, AlertSort::OpenedAscending, AlertSort::OpenedDescending}) {
      AlertQuery query;
      query.filter = filter;
      query.sort = sort;
      query.limit = 7;
      sizes.insert(walk(query).size());
    }
    EXPECT_EQ(sizes.size(), 1U) << "the sort order must not change what passes";
    return *sizes.begin();
  }
  static FilterTerm term(Field field, std::string text = "", bool negated = false) {
    FilterTerm out;
    out.field = field;
    out.text = std::move(text);
    out.negated = negated;
    return out;
  }

  World world;
};

TEST_F(Lists, TriageShowsTheWorstOpenAlertFirstAndClosedOnesLast) {
  AlertQuery query;
  query.limit = 9;
  const std::vector<Alert> alerts = walk(query);
  ASSERT_EQ(alerts.size(), 60U);
  const auto rank = [](const Alert& alert) {
    return std::tuple(alert.status == Status::Closed, -static_cast<int>(alert.severity), alert.due, alert.id);
  };
  for (std::size_t i = 1; i < alerts.size(); ++i) EXPECT_LT(rank(alerts[i - 1]), rank(alerts[i]));
}

TEST_F(Lists, EachSortOrderIsKeptOverPages) {
  AlertQuery query;
  query.limit = 11;
  query.sort = AlertSort::OpenedDescending;
  const std::vector<Alert> down = walk(query);
  query.sort = AlertSort::OpenedAscending;
  const std::vector<Alert> up = walk(query);
  ASSERT_EQ(down.size(), 60U);
  ASSERT_EQ(up.size(), 60U);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(up[i].id, down[59 - i].id);
  EXPECT_TRUE(std::ranges::is_sorted(up, {}, &Alert::id));
  query.sort = AlertSort::Due;
  query.filter = {term(Field::Open)};
  const std::vector<Alert> due = walk(query);
  EXPECT_EQ(due.size(), 45U);
  EXPECT_TRUE(std::ranges::is_sorted(due, {}, &Alert::due));
}

TEST_F(Lists, EachFilterAgreesWithLookingAtEveryAlert) {
  const std::vector<Alert> all = all_alerts(*world.store);
  const auto expect = [&](const FilterTerm& asked, const std::function<bool(const Alert&)>& passes) {
    const auto wanted = static_cast<std::size_t>(std::ranges::count_if(all, passes));
    EXPECT_EQ(count({asked}), wanted) << static_cast<int>(asked.field) << " " << asked.text;
    FilterTerm negated = asked;
    negated.negated = true;
    EXPECT_EQ(count({negated}), all.size() - wanted) << static_cast<int>(asked.field) << " " << asked.text;
  };
  for (const Status status : {Status::New, Status::InProgress, Status::Closed, Status::OnHold}) {
    expect(term(Field::Status, std::string(to_string(status))),
           [&](const Alert& alert) { return alert.status == status; });
  }
  expect(term(Field::Open), [](const Alert& alert) { return is_open(alert.status); });
  expect(term(Field::Owner, "p-anna"), [](const Alert& alert) { return alert.owner == PersonId{"p-anna"}; });
  expect(term(Field::Unowned), [](const Alert& alert) { return !alert.owner; });
  expect(term(Field::Unreviewed), [](const Alert& alert) { return !alert.decision; });
  expect(term(Field::Verdict, "false_positive"),
         [](const Alert& alert) { return alert.decision.has_value(); });
  expect(term(Field::Kind, "manual"), [](const Alert&) { return true; });
  expect(term(Field::Kind, "rule"), [](const Alert&) { return false; });
  expect(term(Field::Queue, "default"), [](const Alert&) { return true; });
  expect(term(Field::Title, "FIREWALL"),
         [](const Alert& alert) { return alert.title.find("Firewall") != std::string::npos; });
  FilterTerm entity = term(Field::Entity, "h1");
  entity.entity = "host.name";
  expect(entity, [](const Alert& alert) { return alert.entities[0].value == "H1"; });
  FilterTerm severity = term(Field::Severity);
  severity.level = Level::High;
  for (const Compare compare :
       {Compare::Equal, Compare::Less, Compare::LessOrEqual, Compare::Greater, Compare::GreaterOrEqual}) {
    severity.compare = compare;
    expect(severity, [&](const Alert& alert) {
      switch (compare) {
        case Compare::Equal: return alert.severity == Level::High;
        case Compare::Less: return alert.severity < Level::High;
        case Compare::LessOrEqual: return alert.severity <= Level::High;
        case Compare::Greater: return alert.severity > Level::High;
        case Compare::GreaterOrEqual: return alert.severity >= Level::High;
      }
      return false;
    });
  }
  FilterTerm overdue = term(Field::Overdue);
  overdue.time = all[10].due;
  expect(overdue, [&](const Alert& alert) { return !alert.decision && alert.due < overdue.time; });
  FilterTerm opened = term(Field::Opened);
  opened.compare = Compare::GreaterOrEqual;
  opened.time = all[20].times.opened;
  expect(opened, [&](const Alert& alert) { return alert.times.opened >= opened.time; });
}

TEST_F(Lists, AllTermsMustHold) {
  EXPECT_EQ(count({term(Field::Open), term(Field::Owner, "p-anna"), term(Field::Title, "firewall")}), 0U);
  EXPECT_EQ(count({term(Field::Open), term(Field::Owner, "p-anna"), term(Field::Title, "antivirus")}), 15U);
  FilterTerm first = term(Field::Entity, "H1");
  first.entity = "host.name";
  FilterTerm second = term(Field::Entity, "H2");
  second.entity = "host.name";
  EXPECT_EQ(count({first, second}), 0U);
}

TEST_F(Lists, WhatDoesNotExistIsNamed) {
  AlertQuery query;
  query.filter = {term(Field::Status, "sleeping")};
  EXPECT_EQ(world.store->alerts(query).error().kind, ErrorKind::InvalidArgument);
  query.filter.clear();
  query.limit = 5;
  const std::string after = world.store->alerts(query)->next;
  query.sort = AlertSort::Due;
  query.after = after;
  EXPECT_EQ(world.store->alerts(query).error().kind, ErrorKind::InvalidArgument);
}

TEST_F(Lists, APageLooksAtABoundedNumberOfRowsAndGoesOn) {
  for (int i = 0; i < 2'100; ++i) {
    Store::ManualAlert alert;
    alert.title = "common";
    alert.severity = Level::Critical;
    alert.context = human("p-anna");
    world.store->open_manual(alert);
  }
  AlertQuery query;
  query.filter = {term(Field::Title, "antivirus")};
  const auto page = world.store->alerts(query);
  ASSERT_TRUE(page);
  EXPECT_LT(page->alerts.size(), 30U);
  EXPECT_FALSE(page->next.empty());
  EXPECT_EQ(walk(query).size(), 30U);
}

TEST_F(Lists, GaugesCountWhatTheListShowsAlsoAfterARestart) {
  const auto counted = [&] {
    QueueGauges sum;
    for (const auto& [key, gauges] : world.store->gauges()) {
      sum.open_new += gauges.open_new;
      sum.open_in_progress += gauges.open_in_progress;
      sum.unreviewed += gauges.unreviewed;
      sum.unowned += gauges.unowned;
    }
    return std::tuple(sum.open_new, sum.open_in_progress, sum.unreviewed, sum.unowned);
  };
  const std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t> expected{30, 15, 45, 30};
  EXPECT_EQ(counted(), expected);
  const auto before = world.store->gauges();
  world.close();
  world.open();
  EXPECT_EQ(counted(), expected);
  const auto after = world.store->gauges();
  for (const auto& [key, gauges] : before) {
    EXPECT_EQ(after.at(key).oldest_unreviewed, gauges.oldest_unreviewed);
  }
}

}  // namespace
}  // namespace countersign::test

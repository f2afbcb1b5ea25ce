// SPDX-License-Identifier: Apache-2.0
// The Kafka source against a real broker; run_kafka_source_test.py starts it.
#include "ingest/kafka_source.h"

#include <fstream>

#include <gmock/gmock.h>

#include "tests/kafka/kafka_reading.h"
#include "tests/kafka/kafka_tool.h"

namespace countersign {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// --- reading

TEST(KafkaSource, EachPartitionIsReadInOrder) {
  create_topic("order", 3);
  const Timestamp before = SystemClock().now();
  for (const int partition : {0, 1, 2}) produce("order", partition, numbered(0, 2'000));
  Reading reading("order");
  EXPECT_TRUE(reading.start());
  EXPECT_EQ(reading.source->name().value, "order");
  for (const int partition : {0, 1, 2}) {
    ASSERT_TRUE(reading.until_position(partition, 2'000));
    EXPECT_EQ(reading.read[partition].messages, texts(numbered(0, 2'000)));
    EXPECT_THAT(reading.read[partition].gaps, IsEmpty());
  }
  EXPECT_THAT(reading.warnings, IsEmpty());
  EXPECT_GE(reading.last.append_time, before - std::chrono::milliseconds{1});
  EXPECT_LE(reading.last.append_time, SystemClock().now());
}

TEST(KafkaSource, StoredPositionIsWhereItGoesOn) {
  create_topic("position", 2);
  produce("position", 0, numbered(0, 10));
  produce("position", 1, numbered(0, 10));
  Reading reading("position");
  ASSERT_TRUE(reading.start({{0, {Offset{7}, 3, {}, ""}}}));
  ASSERT_TRUE(reading.until_position(0, 10));
  ASSERT_TRUE(reading.until_position(1, 10));
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(7, 8, 9));
  EXPECT_EQ(reading.read[0].position->incarnation, 3U);
  EXPECT_THAT(reading.read[1].offsets, SizeIs(10));
  EXPECT_EQ(reading.read[1].position->incarnation, 0U);
}

TEST(KafkaSource, BatchesKeepToTheirLimits) {
  create_topic("limits", 2);
  produce("limits", 0, numbered(0, 100));
  produce("limits", 1, {"1", "22", "333", "4444", "55555", std::string(100, 'x'), "6"});
  Reading reading("limits");
  reading.options.limits = {7, 60};
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 100));
  ASSERT_TRUE(reading.until_position(1, 7));
  EXPECT_EQ(reading.read[0].messages, texts(numbered(0, 100)));
  EXPECT_THAT(reading.read[0].batch_sizes, Each(testing::Le(7U)));
  EXPECT_EQ(reading.read[1].messages.at(5), std::string(100, 'x'));
}

TEST(KafkaSource, NullAndEmptyRecordsAreKeptApart) {
  create_topic("tombstone");
  produce("tombstone", 0, {"a", std::nullopt, "", "b"});
  Reading reading("tombstone");
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 4));
  EXPECT_THAT(reading.read[0].messages, ElementsAre("a", "", "", "b"));
  EXPECT_EQ(reading.read[0].nulls, 1U);
}

TEST(KafkaSource, FiftyMegabytesAreDelivered) {
  create_topic("large");
  const std::string large(50'000'000, 'x');
  produce("large", 0, {"a", large, "b"});
  Reading whole("large");
  ASSERT_TRUE(whole.start());
  ASSERT_TRUE(whole.until_position(0, 3));
  EXPECT_TRUE(whole.read[0].messages.at(1) == large);
  EXPECT_EQ(whole.read[0].messages.at(2), "b");

  Reading cut("large");
  cut.options.kept = {1'000, 10};
  ASSERT_TRUE(cut.start({{0, {Offset{1}, 0, {}, ""}}}));
  ASSERT_TRUE(cut.until([&] { return !cut.read[0].messages.empty(); }));
  EXPECT_EQ(cut.read[0].messages.at(0), "xxxxxxxxxx");
}

TEST(KafkaSource, LongRecordIsTruncatedToItsPrefix) {
  create_topic("truncated");
  produce("truncated", 0, {std::string(1'001, 'y')});
  Reading reading("truncated");
  reading.options.kept = {1'000, 10};
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 1));
  EXPECT_TRUE(reading.last.truncated);
  EXPECT_EQ(reading.last.length, 1'001U);
  EXPECT_EQ(reading.last.hash, sha256(std::string(1'001, 'y')));
}

// --- gaps

TEST(KafkaSource, ControlRecordsAndAbortedRecordsAreGaps) {
  create_topic("transactions");
  produce_transaction("transactions", 0, numbered(0, 5), Outcome::Committed);    // 0–4, control 5
  produce_transaction("transactions", 0, numbered(90, 93), Outcome::Aborted);    // 6–8, control 9
  produce_transaction("transactions", 0, numbered(10, 11), Outcome::Committed);  // 10, control 11
  Reading reading("transactions");
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 12));
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(0, 1, 2, 3, 4, 10));
  EXPECT_THAT(reading.read[0].messages, Not(Contains(HasSubstr("9"))));
  std::uint64_t gaps = 0;
  for (const Gap& gap : reading.read[0].gaps) gaps += gap.end.value - gap.start.value;
  EXPECT_EQ(gaps, 6U);
  EXPECT_THAT(reading.read[0].gaps, Each(testing::Field(&Gap::cause, GapCause::NotDelivered)));
  produce_transaction("transactions", 0, numbered(12, 13), Outcome::Committed);  // 12, control 13
  ASSERT_TRUE(reading.until_position(0, 14));
  EXPECT_EQ(reading.read[0].offsets.back(), 12U);
}

TEST(KafkaSource, RecordsDeletedBeforeTheyWereReadAreALoss) {
  create_topic("retention", 2);
  produce("retention", 0, numbered(0, 10));
  produce("retention", 1, numbered(0, 10));
  delete_records("retention", 0, 6);
  delete_records("retention", 1, 10);
  Reading reading("retention");
  ASSERT_TRUE(reading.start({{0, {Offset{3}, 0, {}, ""}}, {1, {Offset{4}, 0, {}, ""}}}));
  ASSERT_TRUE(reading.until_position(0, 10));
  ASSERT_TRUE(reading.until_position(1, 10));
  EXPECT_THAT(reading.read[0].gaps, ElementsAre(is_gap(3, 6, GapCause::Retention)));
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(reading.read[1].gaps, ElementsAre(is_gap(4, 10, GapCause::Retention)));
  EXPECT_THAT(reading.warnings, Contains(HasSubstr("partition 0 begins at offset 6: 3 offsets from 3 on")));

  Reading fresh("retention");
  ASSERT_TRUE(fresh.start());
  ASSERT_TRUE(fresh.until_position(0, 10));
  EXPECT_EQ(fresh.read[0].first, 6U) << "what was gone before the first read is nobody's loss";
  EXPECT_THAT(fresh.read[0].gaps, IsEmpty());
}

// --- topics that change

TEST(KafkaSource, TopicMadeAnewWhileAwayIsANewIncarnation) {
  create_topic("anew");
  produce("anew", 0, numbered(0, 10));
  delete_topic("anew");
  create_topic("anew");
  produce("anew", 0, numbered(0, 2));
  Reading reading("anew");
  ASSERT_TRUE(reading.start({{0, {Offset{10}, 4, {}, ""}}}));
  ASSERT_TRUE(reading.until_position(0, 2));
  EXPECT_EQ(reading.read[0].position->incarnation, 5U);
  EXPECT_EQ(reading.read[0].first, 0U);
  EXPECT_EQ(reading.read[0].messages, texts(numbered(0, 2)));
  EXPECT_THAT(reading.warnings, Contains(HasSubstr("as incarnation 5")));
}

TEST(KafkaSource, TopicMadeAnewWhileItIsReadIsANewIncarnation) {
  create_topic("anew-live");
  produce("anew-live", 0, numbered(0, 10));
  Reading reading("anew-live");
  reading.options.discovery = std::chrono::milliseconds{200};
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 10));
  delete_topic("anew-live");
  create_topic("anew-live");
  produce("anew-live", 0, numbered(20, 22));
  ASSERT_TRUE(reading.until([&] { return reading.read[0].position->incarnation == 1; }));
  ASSERT_TRUE(reading.until_position(0, 2));
  EXPECT_EQ(reading.read[0].first, 0U);
  EXPECT_EQ(reading.read[0].messages.back(), "{\"n\":21}");
  EXPECT_THAT(reading.read[0].messages, SizeIs(12));
}

TEST(KafkaSource, StartAtTheEndSkipsWhatIsThereButNoNewPartition) {
  create_topic("end");
  produce("end", 0, numbered(0, 10));
  Reading reading("end");
  reading.options.start = KafkaStart::End;
  reading.options.discovery = std::chrono::milliseconds{200};
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 10));
  EXPECT_THAT(reading.read[0].gaps, ElementsAre(is_gap(0, 10, GapCause::SkippedByOperator)));
  produce("end", 0, numbered(10, 12));
  add_partitions("end", 2);
  produce("end", 1, numbered(50, 52));
  ASSERT_TRUE(reading.until_position(0, 12));
  ASSERT_TRUE(reading.until_position(1, 2));
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(10, 11));
  EXPECT_EQ(reading.read[1].messages, texts(numbered(50, 52)));
  EXPECT_THAT(reading.read[1].gaps, IsEmpty());
}

TEST(KafkaSource, PartitionThatIsGoneIsReported) {
  create_topic("fewer");
  produce("fewer", 0, numbered(0, 1));
  Reading reading("fewer");
  ASSERT_TRUE(reading.start({{2, {Offset{5}, 0, {}, ""}}}));
  ASSERT_TRUE(reading.until_position(0, 1));
  EXPECT_THAT(reading.warnings, Contains(HasSubstr("has 1 partitions, but partition 2 was read before")));
}

// --- trouble

TEST(KafkaSource, BrokerThatIsKilledAndStartedAgainLosesAndRepeatsNothing) {
  create_topic("restart", 2);
  produce("restart", 0, numbered(0, 500));
  produce("restart", 1, numbered(0, 500));
  Reading reading("restart");
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 500));
  kill_broker();
  ASSERT_TRUE(reading.until([&] { return !reading.warnings.empty(); })) << "it says that the broker is away";
  ASSERT_FALSE(reading.error);
  start_broker();
  produce("restart", 0, numbered(500, 1'000));
  produce("restart", 1, numbered(500, 1'000));
  for (const int partition : {0, 1}) {
    ASSERT_TRUE(reading.until_position(partition, 1'000));
    EXPECT_EQ(reading.read[partition].messages, texts(numbered(0, 1'000)));
    EXPECT_EQ(reading.read[partition].position->incarnation, 0U);
  }
}

TEST(KafkaSource, BrokerThatIsAwayAtTheStartIsWaitedFor) {
  create_topic("late");
  produce("late", 0, numbered(0, 3));
  kill_broker();
  Reading reading("late");
  reading.options.start_wait = std::chrono::milliseconds{300};
  ASSERT_TRUE(reading.start({{0, {Offset{1}, 0, {}, ""}}}));
  ASSERT_TRUE(reading.until([&] { return !reading.warnings.empty(); }));
  {
    Reading given_up("late");
    given_up.options.start_wait = std::chrono::milliseconds{1};
    ASSERT_TRUE(given_up.start());
    const auto before = std::chrono::steady_clock::now();
    given_up.source.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{10})
        << "a clean stop is bounded";
  }
  start_broker();
  ASSERT_TRUE(reading.until_position(0, 3));
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(1, 2));
}

TEST(KafkaSource, UnknownTopicIsNotFound) {
  Reading reading("no-such-topic");
  const auto started = reading.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::NotFound);
  EXPECT_THAT(started.error().message, HasSubstr("'no-such-topic'"));
}

KafkaConnection& tls(KafkaOptions& options) {
  options.connection.security_protocol = "ssl";
  return options.connection;
}

KafkaConnection& sasl(KafkaOptions& options) {
  options.connection.security_protocol = "sasl_plaintext";
  options.connection.sasl_mechanism = "PLAIN";
  options.connection.sasl_username = "countersign";
  options.connection.sasl_password_file = "a file";
  return options.connection;
}

TEST(KafkaSource, WrongSettingsAreRefusedByName) {
  struct Case {
    std::function<void(KafkaOptions&)> change;
    ErrorKind kind;
    std::string message;
  };
  const std::string missing = testing::TempDir() + "countersign-no-such-file";
  const std::string empty = testing::TempDir() + "countersign-empty-file";
  const std::string wrong = testing::TempDir() + "countersign-wrong-file";
  std::ofstream(empty).close();
  std::ofstream(wrong) << "hidden\n";
  const Case cases[] = {
      {[](KafkaOptions& o) { o.connection.brokers.clear(); }, ErrorKind::InvalidArgument, "no brokers"},
      {[](KafkaOptions& o) { o.topic.clear(); }, ErrorKind::InvalidArgument, "no topic"},
      {[](KafkaOptions& o) { o.connection.security_protocol = "telnet"; }, ErrorKind::InvalidArgument,
       "security.protocol"},
      {[&](KafkaOptions& o) { tls(o).ssl_ca_file = missing; }, ErrorKind::NotFound,
       "kafka.ssl_ca_file: " + missing + " No such file"},
      {[&](KafkaOptions& o) { tls(o).ssl_ca_file = wrong; }, ErrorKind::InvalidArgument, "ssl.ca.location"},
      {[&](KafkaOptions& o) { tls(o).ssl_certificate_file = wrong; }, ErrorKind::InvalidArgument,
       "kafka.ssl_certificate_file and kafka.ssl_key_file belong together"},
      {[&](KafkaOptions& o) { tls(o).ssl_key_file = wrong; }, ErrorKind::InvalidArgument,
       "kafka.ssl_certificate_file and kafka.ssl_key_file belong together"},
      {[](KafkaOptions& o) { sasl(o).sasl_password_file.clear(); }, ErrorKind::InvalidArgument,
       "sasl_plaintext needs kafka.sasl_username and kafka.sasl_password_file"},
      {[](KafkaOptions& o) { sasl(o).sasl_username.clear(); }, ErrorKind::InvalidArgument,
       "sasl_plaintext needs kafka.sasl_username and kafka.sasl_password_file"},
      {[&](KafkaOptions& o) { sasl(o).sasl_password_file = missing; }, ErrorKind::NotFound,
       "kafka.sasl_password_file: " + missing + " No such file"},
      {[&](KafkaOptions& o) { sasl(o).sasl_password_file = empty; }, ErrorKind::Denied,
       "kafka.sasl_password_file: " + empty + " is empty"},
      {[&](KafkaOptions& o) {
         sasl(o).sasl_password_file = wrong;
         o.connection.sasl_mechanism = "GUESS";
       },
       ErrorKind::InvalidArgument, "GUESS"},
  };
  for (const Case& test_case : cases) {
    SCOPED_TRACE(test_case.message);
    Reading reading("any");
    test_case.change(reading.options);
    const auto started = reading.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().kind, test_case.kind);
    EXPECT_THAT(started.error().message, HasSubstr(test_case.message));
    EXPECT_THAT(started.error().message, Not(HasSubstr("hidden")));
  }
}

// --- lag

TEST(KafkaSource, LagIsWhatIsLeftToRead) {
  create_topic("lag");
  produce("lag", 0, numbered(0, 100));
  produce_transaction("lag", 0, numbered(100, 101), Outcome::Committed);  // control record at the end
  Reading reading("lag");
  reading.options.limits.messages_max = 10;
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 10));
  const Timestamp later = reading.clock.now() + std::chrono::seconds{100};
  const auto behind = reading.stats->lag(later);
  ASSERT_THAT(behind, SizeIs(1));
  // The broker writes the control record some time after the commit.
  EXPECT_THAT(behind[0].records + reading.read[0].position->next.value, testing::AnyOf(101U, 102U));
  EXPECT_GE(behind[0].seconds, 100.0);
  ASSERT_TRUE(reading.until([&] { return reading.stats->lag(later)[0].records == 0; }));
  EXPECT_EQ(reading.read[0].position->next.value, 102U);
  EXPECT_EQ(reading.stats->lag(later)[0].seconds, 0.0);
}

TEST(KafkaSource, PartitionThatWaitsBehindAnotherLags) {
  create_topic("lag-behind", 2);
  produce("lag-behind", 0, numbered(0, 30'000));
  produce("lag-behind", 1, numbered(0, 30'000));
  Reading reading("lag-behind");
  reading.options.limits.messages_max = 10;
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until([&] { return !reading.read.empty(); }));
  for (const KafkaStats::Lag& lag : reading.stats->lag(reading.clock.now())) {
    const auto& position = reading.read[lag.partition].position;
    EXPECT_EQ(lag.records, 30'000 - (position ? position->next.value : 0)) << "partition " << lag.partition;
  }
}

TEST(KafkaSource, WhatIsReadButNotStoredLags) {
  create_topic("lag-unstored");
  produce("lag-unstored", 0, numbered(0, 50));
  Reading reading("lag-unstored");
  reading.storing = false;
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_position(0, 50));
  EXPECT_EQ(reading.stats->lag(reading.clock.now())[0].records, 50U);
}

TEST(KafkaSource, VersionOfTheLibraryThatRunsIsKnown) {
  EXPECT_THAT(kafka_library_version(), testing::MatchesRegex("[0-9]+[.][0-9]+[.][0-9]+.*"));
}

}  // namespace
}  // namespace countersign

// SPDX-License-Identifier: Apache-2.0
#include "app/service.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/doors.h"
#include "app/ingest_metrics.h"
#include "app/letter_decoding.h"
#include "app/memory_bound.h"
#include "app/replayer.h"
#include "app/rule_keeper.h"
#include "app/rule_metrics.h"
#include "app/source_keeper.h"
#include "app/source_metrics.h"
#include "app/stage_metrics.h"
#include "ingest/file_source.h"
#include "ingest/kafka_source.h"
#include "ingest/kafka_stats.h"
#include "ingest/pipeline.h"
#include "ingest/source_spec.h"
#include "review-api/metrics.h"
#include "review-api/review_api.h"
#include "store/store.h"

namespace countersign {
namespace {

std::size_t worker_count(const Config& config) {
  if (config.ingest.workers != 0) return config.ingest.workers;
  return std::max(1U, std::thread::hardware_concurrency());
}

/// Of a backfill: its positions and its ledger are not those of what it reads again.
SourceName own_name(const SourceSpec& spec) {
  return spec.backfill.empty() ? SourceName{} : backfill_source(spec.backfill);
}

KafkaOptions kafka_options(const Config& config, const SourceSpec& spec) {
  KafkaOptions options;
  options.name = own_name(spec);
  options.topic = spec.topic;
  if (!spec.backfill.empty()) options.range = spec.range;
  options.start = config.kafka.start == "end" ? KafkaStart::End : KafkaStart::Beginning;
  options.connection = {.brokers = config.kafka.brokers,
                        .security_protocol = config.kafka.security_protocol,
                        .sasl_mechanism = config.kafka.sasl_mechanism,
                        .sasl_username = config.kafka.sasl_username,
                        .sasl_password_file = config.kafka.sasl_password_file.string(),
                        .ssl_ca_file = config.kafka.ssl_ca_file.string(),
                        .ssl_certificate_file = config.kafka.ssl_certificate_file.string(),
                        .ssl_key_file = config.kafka.ssl_key_file.string()};
  return options;
}

constexpr std::chrono::seconds kDrainWait{2};  // of the 10 s in which serve stops

std::string mebibytes(std::uint64_t bytes) { return fmt::format("{} MiB", bytes / kMiB); }

}  // namespace

class Service::Impl {
 public:
  Impl(ServiceOptions options, const Clock& clock, RandomSource& random)
      : options_(std::move(options)), config_(options_.config), clock_(clock), random_(random) {}

  /// The order of starting; stop() goes through it backwards.
  Result<void> start() {
    using Step = Result<void> (Impl::*)();
    struct Part {
      std::string_view name;
      Step start;
    };
    constexpr Part kParts[] = {
        {"rules and packs", &Impl::load_detection},
        {"expected sources", &Impl::load_expected},
        {"store", &Impl::open_store},
        {"preparation", &Impl::prepare},
        {"manifests", &Impl::announce},
        {"sources", &Impl::start_sources},
        {"replays", &Impl::start_replays},
        {"rule watch", &Impl::watch_rules},
        {"source watch", &Impl::watch_sources},
        {"API", &Impl::start_api},
        {"metrics", &Impl::start_metrics},
    };
    for (const Part& part : kParts) {
      if (Result<void> started = (this->*part.start)(); !started) {
        Error error = started.error();
        error.message = fmt::format("{}: {}", part.name, error.message);
        stop();
        return failure(std::move(error));
      }
    }
    return {};
  }

  void stop() {
    if (metrics_) metrics_->stop();
    if (api_) api_->stop();
    doors_.drain(kDrainWait);
    if (watcher_) watcher_->stop();
    if (keeper_) keeper_->stop();
    if (replayer_) replayer_->stop();
    for (auto pipeline = pipelines_.rbegin(); pipeline != pipelines_.rend(); ++pipeline) (*pipeline)->stop();
    // What waits for an answer belongs to the API, which must still be there.
    doors_.close();
    if (store_) store_->stop();
    metrics_.reset();
    api_.reset();
    replayer_.reset();
    pipelines_.clear();
    store_.reset();
    watcher_.reset();
    keeper_.reset();
  }
  void hang_up() {
    log(LogLevel::Info, "rules and packs are loaded anew", {{"signal", "SIGHUP"}});
    keeper_->request_reload();
    watcher_->request_reload();
  }
  bool reloads_on_hangup() const { return options_.reload_on_hangup; }

  std::string api_address() const { return api_ ? api_->address() : ""; }
  std::string metrics_address() const { return metrics_ ? metrics_->address() : ""; }
  void log(LogLevel level, std::string_view message, const std::vector<LogField>& fields) const {
    options_.log(level, message, fields);
  }

 private:
  Result<void> load_detection() {
    RuleKeeperOptions options;
    options.paths = {.rules = config_.rules,
                     .packs = config_.packs,
                     .cache = {},
                     .values = config_.rule_values,
                     .lenient = config_.rules_lenient};
    options.data = config_.data;
    options.budget.share = static_cast<double>(config_.rule_budget.percent) / 100;
    options.budget.window = config_.rule_budget.window;
    options.look_every = config_.rules_watch;
    for (const std::string& text : config_.sources) {
      const Result<SourceSpec> spec = parse_source_spec(text);
      if (spec && !spec->pack.empty()) options.packs_needed.push_back(spec->pack);
    }
    keeper_ = std::make_unique<RuleKeeper>(std::move(options), clock_, options_.log);
    return keeper_->load();
  }

  Result<void> load_expected() {
    watcher_ = std::make_unique<SourceKeeper>(config_.expected_sources, clock_, options_.log);
    return watcher_->load();
  }

  Result<void> open_store() {
    StoreOptions options;
    options.folder = config_.data;
    options.origin = config_.log.origin;
    options.key_file = config_.log.key_file;
    options.last_signed_file = config_.log.last_signed_file;
    options.build = build_text();
    options.ingest_pause_bytes = config_.disk.ingest_pause_bytes;
    options.actions_refuse_bytes = config_.disk.actions_refuse_bytes;
    options.lease = std::chrono::duration_cast<std::chrono::hours>(config_.review.lease);
    Result<std::unique_ptr<Store>> store = Store::open(options, clock_, random_);
    if (!store) return failure(store.error());
    store_ = std::move(*store);
    log(LogLevel::Info, "the store is open",
        {{"data", config_.data.string()}, {"entries", std::to_string(store_->health().entries)}});
    return {};
  }

  Result<void> prepare() { return options_.prepare ? options_.prepare(*store_) : Result<void>{}; }

  Result<void> announce() { return keeper_->announce(*store_); }

  Result<void> start_sources() {
    for (const std::string& text : config_.sources) {
      if (auto added = add_source(text); !added) return added;
    }
    if (options_.extra_sources) {
      for (std::unique_ptr<Source>& source : options_.extra_sources()) {
        if (auto added = add_pipeline(std::move(source), pipeline_options({}, 1)); !added) return added;
      }
    }
    const std::uint64_t resident_bytes = resident_memory();
    for (std::size_t i = 0; i < pipelines_.size(); ++i) {
      if (auto started = pipelines_[i]->start(); !started) return started;
      std::vector<LogField> fields{{"source", pipelines_[i]->name()}};
      if (door_stats_[i] && !door_stats_[i]->address().empty())
        fields.push_back({"address", door_stats_[i]->address()});
      log(LogLevel::Info, "the source is read", fields);
    }
    say_memory(resident_bytes);
    return {};
  }

  /// What is begun goes on with the next start, also when nobody asks again.
  Result<void> start_replays() {
    ReplayerOptions options;
    options.detector.message_bytes_max = config_.ingest.message_bytes_max;
    options.sources = detectors_;
    options.parts = [this] { return keeper_->current()->parts(); };
    options.log = options_.log;
    replayer_ = std::make_unique<Replayer>(std::move(options), *store_, clock_);
    replayer_->start();
    return {};
  }

  LetterExplanation explain(const StoredDeadLetter& stored) const {
    LetterDecoding decoding{keeper_->current()->detection.packs, {}, config_.ingest.message_bytes_max};
    const auto source = detectors_.find(stored.origin);
    if (source != detectors_.end()) decoding.pack = source->second.pack;
    return explain_letter(stored.letter, stored.partition.topic, decoding, clock_);
  }

  Result<void> watch_rules() {
    keeper_->watch([this](const DetectionParts& parts) { use(parts); });
    return {};
  }

  Result<void> watch_sources() {
    std::vector<SourceName> names;
    for (const auto& pipeline : pipelines_) names.push_back(SourceName{pipeline->name()});
    watcher_->watch(*store_, std::move(names), [this] { use(std::nullopt); });
    return {};
  }

  /// Other rules and packs, or the last ones with another register of sources.
  void use(const std::optional<DetectionParts>& parts) {
    const std::lock_guard lock(using_);
    if (parts) last_used_ = parts;
    const DetectionParts base = last_used_ ? *last_used_ : keeper_->current()->parts();
    for (const auto& pipeline : pipelines_) pipeline->use(parts_of(base, SourceName{pipeline->name()}));
  }

  DetectionParts parts_of(DetectionParts parts, const SourceName& source) const {
    parts.observers = watcher_->observed(source);
    return parts;
  }

  RuleReload reload() {
    RuleReload done = keeper_->reload();
    const Result<bool> sources = watcher_->reload();
    if (!sources) {
      done.outcome = RuleReload::Outcome::Refused;
      done.reasons.push_back("expected sources: " + sources.error().message);
    } else if (*sources && done.outcome == RuleReload::Outcome::Unchanged) {
      done.outcome = RuleReload::Outcome::Loaded;
    }
    return done;
  }

  Result<void> add_source(const std::string& text) {
    const Result<SourceSpec> spec = parse_source_spec(text);
    if (!spec) return failure(spec.error());
    if (auto known = check_rules(text, *spec); !known) return known;
    if (is_door(spec->kind)) {
      const std::uint64_t bytes_max = message_bytes_max(*spec, config_.ingest.message_bytes_max);
      auto source = doors_.open(*spec, bytes_max, clock_);
      PipelineOptions options = pipeline_options(*spec, 1);
      options.detector.message_bytes_max = bytes_max;
      if (auto added = add_pipeline(std::move(source), options, nullptr, doors_.last().stats); !added)
        return added;
      doors_.attach(*pipelines_.back());
      return {};
    }
    if (spec->kind == SourceKind::Kafka) {
      if (config_.kafka.brokers.empty()) {
        return failure(ErrorKind::InvalidArgument, fmt::format("source {}: set kafka.brokers", text));
      }
      auto stats = std::make_shared<KafkaStats>();
      auto source = open_kafka_source(kafka_options(config_, *spec), clock_, stats);
      if (!source) return failure(source.error());
      return add_pipeline(std::move(*source), pipeline_options(*spec, worker_count(config_)), stats);
    }
    FileSourceOptions options;
    options.name = own_name(*spec);
    options.path = spec->kind == SourceKind::Stdin ? "-" : spec->path;
    options.framing = spec->framing;
    options.follow = spec->follow;
    auto source = open_file_source(options, clock_);
    if (!source) return failure(source.error());
    return add_pipeline(std::move(*source), pipeline_options(*spec, 1));
  }

  /// A rule that is misspelt would find nothing, in silence.
  Result<void> check_rules(const std::string& text, const SourceSpec& spec) const {
    const auto loaded = keeper_->current();
    for (const RuleId& id : spec.rules) {
      if (has_rule(loaded->detection, id)) continue;
      return failure(
          ErrorKind::NotFound,
          fmt::format("source {}: rule '{}' is not loaded; `countersign rules list` names those that are, "
                      "and vendor:PACK is what a pack takes for alerts of its product",
                      text, id.value));
    }
    return {};
  }

  PipelineOptions pipeline_options(const SourceSpec& spec, std::size_t workers) const {
    PipelineOptions options;
    options.workers = workers;
    options.detector.pack = spec.pack;
    options.detector.backfill = spec.backfill;
    options.detector.only = spec.rules;
    options.detector.message_bytes_max = config_.ingest.message_bytes_max;
    return options;
  }

  Result<void> add_pipeline(std::unique_ptr<Source> source, const PipelineOptions& options,
                            std::shared_ptr<const KafkaStats> kafka = nullptr,
                            std::shared_ptr<const DoorStats> door = nullptr) {
    for (const auto& pipeline : pipelines_) {
      if (pipeline->name() == source->name().value)
        return failure(ErrorKind::InvalidArgument,
                       fmt::format("two sources are called {}", pipeline->name()));
    }
    auto metrics = std::make_unique<IngestMetrics>();
    detectors_[source->name()] = options.detector;
    pipeline_options_.push_back(options);
    DetectionParts parts = parts_of(keeper_->current()->parts(), source->name());
    pipelines_.push_back(std::make_unique<Pipeline>(std::move(source), std::move(parts), *store_, clock_,
                                                    options_.log, options, metrics.get()));
    ingest_metrics_.push_back(std::move(metrics));
    kafka_stats_.push_back(std::move(kafka));
    door_stats_.push_back(std::move(door));
    return {};
  }

  /// Once the sources have said how many partitions they have.
  void say_memory(std::uint64_t resident_bytes) const {
    MemoryInputs inputs;
    inputs.resident_bytes = resident_bytes;
    inputs.pipelines = pipeline_options_;
    inputs.pipelines.emplace_back();  // a replay
    inputs.partitions = 1;
    for (const auto& stats : kafka_stats_) {
      inputs.kafka_sources += stats ? 1 : 0;
      inputs.partitions += stats ? std::max<std::size_t>(1, stats->partitions()) : 1;
    }
    inputs.door_bytes = doors_.memory_max();
    inputs.store_bytes = store_memory_max();
    inputs.api_bytes = review_api_memory_max(api_options());
    std::uint64_t total = 0;
    std::vector<LogField> fields{{"total", ""}};
    for (const MemoryPart& part : worst_case_memory(inputs)) {
      fields.push_back({part.name, mebibytes(part.bytes)});
      total += part.bytes;
    }
    fields.front().value = mebibytes(total);
    log(LogLevel::Info, "memory at worst", fields);
  }

  ReviewApiOptions api_options() const {
    ReviewApiOptions options;
    options.http.listen = config_.listen;
    options.http.threads = static_cast<unsigned>(config_.review.threads);
    options.session = config_.review.session;
    options.log = options_.log;
    return options;
  }

  std::vector<ConfiguredSource> configured_sources() const {
    std::vector<ConfiguredSource> out;
    for (std::size_t i = 0; i < pipelines_.size(); ++i) {
      ConfiguredSource& source = out.emplace_back();
      source.name.value = pipelines_[i]->name();
      if (!kafka_stats_[i]) continue;
      SourceLag& lag = source.lag.emplace();
      for (const KafkaStats::Lag& one : kafka_stats_[i]->lag(clock_.now())) {
        lag.records += one.records;
        lag.seconds = std::max(lag.seconds, one.seconds);
      }
    }
    return out;
  }

  Result<void> start_api() {
    auto api =
        ReviewApi::start(api_options(), *store_, clock_, random_,
                         {.loaded = [this] { return keeper_->current()->manifest; },
                          .reload = [this] { return reload(); },
                          .costs = [this](std::size_t top) { return keeper_->costs(top); }},
                         {.explain = [this](const StoredDeadLetter& letter) { return explain(letter); },
                          .replay_begun = [this] { replayer_->wake(); }},
                         doors_.access(clock_),
                         {.expected = [this] { return watcher_->expected(); },
                          .configured = [this] { return configured_sources(); }});
    if (!api) return failure(api.error());
    api_ = std::move(*api);
    return {};
  }

  Result<void> start_metrics() {
    auto metrics = MetricsServer::start(config_.metrics);
    if (!metrics) return failure(metrics.error());
    metrics_ = std::move(*metrics);
    metrics_->add_build(build_version(), build_revision());
    std::vector<std::string> sources;
    for (const auto& pipeline : pipelines_) sources.push_back(pipeline->name());
    std::vector<SourceName> names;
    for (const std::string& name : sources) names.push_back(SourceName{name});
    metrics_->add_store(*store_, clock_, std::move(sources));
    metrics_->add_http(api_->metrics());
    std::vector<PipelineView> views;
    for (std::size_t i = 0; i < pipelines_.size(); ++i)
      views.push_back({pipelines_[i].get(), ingest_metrics_[i].get(), kafka_stats_[i], door_stats_[i]});
    metrics_->add(make_stage_collectable(views, *store_));
    metrics_->add(make_ingest_collectable(std::move(views), clock_));
    metrics_->add(make_source_collectable(*watcher_, *store_, std::move(names)));
    metrics_->add(make_rule_collectable(*keeper_, config_.rule_metrics_max));
    return {};
  }

  ServiceOptions options_;
  const Config& config_;
  const Clock& clock_;
  RandomSource& random_;
  std::unique_ptr<RuleKeeper> keeper_;
  std::unique_ptr<SourceKeeper> watcher_;
  std::mutex using_;  // guards last_used_, and puts to use one at a time
  std::optional<DetectionParts> last_used_;
  std::unique_ptr<Store> store_;
  std::vector<std::unique_ptr<IngestMetrics>> ingest_metrics_;
  std::vector<std::shared_ptr<const KafkaStats>> kafka_stats_;
  std::vector<std::shared_ptr<const DoorStats>> door_stats_;
  Doors doors_;
  std::vector<PipelineOptions> pipeline_options_;
  std::vector<std::unique_ptr<Pipeline>> pipelines_;
  std::map<SourceName, DetectorOptions> detectors_;
  std::unique_ptr<Replayer> replayer_;
  std::unique_ptr<ReviewApi> api_;
  std::unique_ptr<MetricsServer> metrics_;
};

Service::Service(ServiceOptions options, const Clock& clock, RandomSource& random)
    : impl_(std::make_unique<Impl>(std::move(options), clock, random)) {}
Service::~Service() { impl_->stop(); }
Result<void> Service::start() { return impl_->start(); }
void Service::stop() { impl_->stop(); }
std::string Service::api_address() const { return impl_->api_address(); }
std::string Service::metrics_address() const { return impl_->metrics_address(); }

namespace {

sigset_t signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

std::string_view name_of(int signal) {
  if (signal == SIGINT) return "SIGINT";
  return signal == SIGHUP ? "SIGHUP" : "SIGTERM";
}

}  // namespace

void block_signals() {
  const sigset_t set = signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int Service::run_until_stopped() {
  const sigset_t set = signals();
  for (;;) {
    int received = 0;
    if (sigwait(&set, &received) != 0) continue;
    if (received == SIGHUP && impl_->reloads_on_hangup()) {
      impl_->hang_up();
      continue;
    }
    impl_->log(LogLevel::Info, "stopping", {{"signal", std::string(name_of(received))}});
    return received;
  }
}

}  // namespace countersign

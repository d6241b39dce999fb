#include "server/options_limits.h"

namespace codeset::server {

void AddLimitOptions(CLI::App& serve_app, ServeCommand& serve) {
  constexpr int kDay = 86400;
  serve_app
      .add_option("--stream-idle-seconds", serve.stream_idle_seconds,
                  "End a load, an import or another call whose client sends nothing, or takes "
                  "nothing, for so long")
      ->check(CLI::Range(1, kDay))
      ->capture_default_str();
  serve_app
      .add_option("--max-concurrent-calls", serve.call_limits.calls,
                  "Refuse public calls beyond so many at a time, streams among them, so that those "
                  "under way are answered in time")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  serve_app
      .add_option("--max-watchers", serve.call_limits.watchers,
                  "Refuse calls of WatchReleases beyond so many at a time; they do not count among "
                  "the others")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  serve_app
      .add_option("--max-answer-mib", serve.max_answer_mib,
                  "Refuse public calls while so many MiB of answers, and of what is kept for them, "
                  "have not been taken by their clients")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  serve_app
      .add_option("--connection-idle-seconds", serve.connection_idle_seconds,
                  "Close connections that have had no call for so long")
      ->check(CLI::Range(1, kDay))
      ->capture_default_str();
  serve_app
      .add_option("--connection-age-seconds", serve.connection_age_seconds,
                  "Have clients of the public address connect anew after so long, so that they "
                  "spread over servers; calls under way go on; 0: never")
      ->check(CLI::Range(0, kDay))
      ->capture_default_str();
}

}  // namespace codeset::server

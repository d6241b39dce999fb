// The client of Redis, as lean as its protocol lets it be: a connection a slot, commands made
// beforehand, hiredis's parser fed from reads of a quarter of a megabyte, and no reply objects:
// each value is read where it lies.
//
// Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "codeset/v1/concept.pb.h"
#include "tests/benchmark/measure_spec.h"
#include "tests/benchmark/sockets.h"
#include "tests/benchmark/transport.h"
#include "tests/benchmark/values.h"

struct redisContext;
struct redisReader;

namespace codeset::bench {

// Connections to a Redis, kept between measurements.
class RedisConnections {
 public:
  // Connects to HOST:PORT, and sets every concept's id to its bytes, pipelined.
  static absl::StatusOr<std::unique_ptr<RedisConnections>> Open(
      const std::string& address, const std::vector<v1::Concept>& concepts);
  ~RedisConnections();
  RedisConnections(const RedisConnections&) = delete;
  RedisConnections& operator=(const RedisConnections&) = delete;

  // Opens connections until there are so many.
  absl::Status Grow(int count);

 private:
  friend class RedisTransport;

  // What a reply has come to so far.
  struct Reply {
    int found = 0;
    int missing = 0;
    size_t bytes = 0;
    std::string error;
  };

  struct Connection {
    redisContext* context = nullptr;
    redisReader* reader = nullptr;
    // Where it lies does not change: the reader refers to it.
    std::unique_ptr<Reply> reply;
  };

  explicit RedisConnections(std::string host, int port) : host_(std::move(host)), port_(port) {}

  absl::Status Fill(const std::vector<v1::Concept>& concepts);

  const std::string host_;
  const int port_;
  std::vector<Connection> connections_;
  ReadableSockets sockets_;
};

// GET, or MGET of a batch.
class RedisTransport final : public Transport {
 public:
  // INVALID_ARGUMENT where the line asks for what Redis does not have.
  static absl::StatusOr<std::unique_ptr<RedisTransport>> Make(RedisConnections& connections,
                                                              const MeasureSpec& spec,
                                                              const KnownCodes& known, int slots);

  size_t requests() const override { return commands_.size(); }
  int slots() const override { return slots_; }
  absl::Status Start(int slot, size_t request) override;
  absl::StatusOr<absl::Span<const Completion>> Wait(Clock::time_point deadline) override;

 private:
  RedisTransport(RedisConnections& connections, int slots)
      : connections_(connections), slots_(slots), buffer_(kBufferBytes) {}

  static constexpr size_t kBufferBytes = size_t{256} << 10;

  // Reads what has come on a connection; true if its reply is whole.
  absl::StatusOr<bool> ReadSome(RedisConnections::Connection& connection);

  RedisConnections& connections_;
  const int slots_;
  std::vector<std::string> commands_;
  std::vector<char> buffer_;
  std::vector<Completion> done_;
};

}  // namespace codeset::bench

// The client of PostgreSQL: a connection a slot, statements prepared once, parameters made
// beforehand, binary format both ways, libpq without blocking, rows copied into structs.
//
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "codeset/v1/concept.pb.h"
#include "tests/benchmark/concept_rows.h"
#include "tests/benchmark/measure_spec.h"
#include "tests/benchmark/sockets.h"
#include "tests/benchmark/transport.h"
#include "tests/benchmark/values.h"

struct pg_conn;

namespace codeset::bench {

// Connections to a PostgreSQL, kept between measurements.
class PostgresConnections {
 public:
  // Connects to the database and user `postgres` at HOST:PORT without a password, and makes the
  // table of concepts anew.
  static absl::StatusOr<std::unique_ptr<PostgresConnections>> Open(
      const std::string& address, const std::vector<v1::Concept>& concepts);
  ~PostgresConnections();
  PostgresConnections(const PostgresConnections&) = delete;
  PostgresConnections& operator=(const PostgresConnections&) = delete;

  // Opens connections until there are so many.
  absl::Status Grow(int count);

 private:
  friend class PostgresTransport;

  explicit PostgresConnections(std::string parameters) : parameters_(std::move(parameters)) {}

  absl::Status Connect();
  absl::Status Fill(const std::vector<v1::Concept>& concepts);

  const std::string parameters_;
  std::vector<pg_conn*> connections_;
  ReadableSockets sockets_;
};

// A select by primary key, or by `= ANY($1)` of a batch.
class PostgresTransport final : public Transport {
 public:
  // INVALID_ARGUMENT where the line asks for what there is no statement for.
  static absl::StatusOr<std::unique_ptr<PostgresTransport>> Make(PostgresConnections& connections,
                                                                 const MeasureSpec& spec,
                                                                 const KnownCodes& known,
                                                                 int slots);

  size_t requests() const override { return parameters_.size(); }
  int slots() const override { return static_cast<int>(under_way_.size()); }
  absl::Status Start(int slot, size_t request) override;
  absl::StatusOr<absl::Span<const Completion>> Wait(Clock::time_point deadline) override;

 private:
  PostgresTransport(PostgresConnections& connections, const char* statement, int items, int slots)
      : connections_(connections), statement_(statement), items_(items), under_way_(slots) {}

  // Reads what has come on a slot's connection; true if the answer is whole.
  absl::StatusOr<bool> ReadSome(int slot);

  PostgresConnections& connections_;
  const char* const statement_;
  // Codes of a request.
  const int items_;
  // What each slot's answer has come to so far.
  std::vector<Completion> under_way_;
  // In binary format.
  std::vector<std::string> parameters_;
  // Rows of an answer, whose memory is used again.
  std::vector<ConceptRow> rows_;
  std::vector<Completion> done_;
};

}  // namespace codeset::bench

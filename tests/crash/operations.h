// Random changes that a server is told, each with what it is to answer from then on.
//
//   std::optional<Operation> operation = operations.Make(Kind::kImport, told, {});
//   if (operation->make(*server).ok()) told = operation->after;
//
// Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/crash/contents.h"
#include "tests/crash/server_process.h"
#include "tests/crash/told.h"

namespace codeset::crash {

// What can be asked for. The audit log has each under the name of its method.
enum class Kind {
  // A release, or a further part of one; one that is there already.
  kLoad,
  kLoadAgain,
  kDelete,
  // Of a release that a label names: refused.
  kDeleteInUse,
  kSetActivation,
  kSetLabel,
  kRollbackLabel,
  kRemoveLabel,
  kImport,
  kRecord,
  kSetUsage,
  kBackup,
  kVerify,
};
inline constexpr int kKinds = 13;

// One of them.
struct Operation {
  Kind kind = Kind::kLoad;
  // For people.
  std::string name;
  // The method of service Admin.
  std::string method;
  // Makes the call, and holds its answer against what is known.
  std::function<absl::Status(const ServerProcess& server)> make;
  // What has been told when it is done.
  Told after;
  // What may be found beside before and after, where it was cut off: it is done but for some
  // tidying.
  std::vector<Told> between;
  // The reason by which it is refused; empty for none.
  std::string refusal;
  // When it is done: the reason by which the same is refused then, empty where it is accepted and
  // changes nothing; and whether that can be asked at all.
  std::string refusal_again;
  bool repeatable = true;
};

// See above.
class Operations {
 public:
  // `folder` is that of the backups. What is named outlives this.
  Operations(std::mt19937_64& random, const Contents& contents, std::string folder)
      : random_(random), contents_(contents), folder_(std::move(folder)) {}

  // One of a kind; nothing where it is not possible now. `step` is one that it is to come by, if
  // any is.
  std::optional<Operation> Make(Kind kind, const Told& told, absl::string_view step);

  // A kind that is to come before, where one is not possible.
  static Kind Before(Kind kind, const Told& told);

 private:
  std::optional<Operation> Load(const Told& told);
  std::optional<Operation> LoadAgain(const Told& told);
  std::optional<Operation> Delete(const Told& told);
  std::optional<Operation> DeleteInUse(const Told& told);
  std::optional<Operation> SetActivation(const Told& told);
  std::optional<Operation> SetLabel(const Told& told);
  std::optional<Operation> RollbackLabel(const Told& told);
  std::optional<Operation> RemoveLabel(const Told& told);
  std::optional<Operation> Import(const Told& told);
  std::optional<Operation> Record(const Told& told);
  std::optional<Operation> SetUsage(const Told& told);
  std::optional<Operation> Backup(const Told& told, bool deletes);
  std::optional<Operation> Verify(const Told& told);

  // Loads the part of a release after those that are there.
  Operation LoadPart(const Told& told, const std::string& id, size_t parts,
                     const std::string& activate_on);
  // One of those that there are.
  template <typename Collection>
  const auto& OneOf(const Collection& collection) {
    return *std::next(collection.begin(),
                      static_cast<std::ptrdiff_t>(random_() % collection.size()));
  }
  bool OneIn(uint64_t count) { return random_() % count == 0; }

  std::mt19937_64& random_;
  const Contents& contents_;
  const std::string folder_;
  // Makes words and ids unlike all others.
  int number_ = 0;
};

}  // namespace codeset::crash

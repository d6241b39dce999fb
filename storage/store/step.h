// Named steps of what changes a data directory or a folder of backups, so that a test can end the
// process at each of them (tests/crash). In a server nothing listens: a step costs one load.
//
//   RETURN_IF_ERROR(database_->FlushPages());
//   Reach("load.flushed");
//
// Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "absl/strings/string_view.h"

namespace codeset::store {

// All of them, by what they are steps of, in their order.
inline constexpr std::array<absl::string_view, 43> kSteps = {
    // Opening a data directory: a new one is made; its writes have been held against GENERATION.
    "open.created",
    "open.format_written",
    "open.journal_begun",
    "open.counted",
    // What an interrupted load or import left: found, removed.
    "sweep.load_found",
    "sweep.load_swept",
    "sweep.import_found",
    "sweep.import_swept",
    // Every change of the database: about to be written, written, shown to readers, in files; then
    // GENERATION beside its place, in its place, and on the disk.
    "commit.ready",
    "commit.written",
    "commit.shown",
    "commit.flushed",
    "generation.written",
    "generation.renamed",
    "generation.synced",
    // A load. Groups and sources are written one by one.
    "load.files_read",
    "load.begun",
    "load.marked",
    "load.group_written",
    "load.source_written",
    "load.flushed",
    "load.proved",
    "load.ready",
    "load.published",
    "delete.gathered",
    "delete.done",
    "label.ready",
    "label.done",
    // An import of pages. Content is laid aside batch by batch.
    "import.marked",
    "import.batch_written",
    "import.flushed",
    "import.ready",
    "import.published",
    "verification.ready",
    "verification.done",
    "usage.ready",
    // A backup: the folder's mark beside its place; what is to be copied is known; files are
    // copied, one by one; all are; they were read back; older backups are gone.
    "backup.mark_written",
    "backup.folder_ready",
    "backup.described",
    "backup.copying",
    "backup.copied",
    "backup.read_back",
    "backup.older_deleted",
};

// Is told the place in kSteps of every step that is reached, on the thread that does. Null but in
// tests.
using StepListener = void (*)(size_t step);
inline std::atomic<StepListener> step_listener = nullptr;

// Not defined: what StepName cannot be made of.
void NoSuchStep();

// A name of kSteps; one that is not there does not compile.
class StepName {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a name is written as a text.
  consteval StepName(const char* name) : place_(PlaceOf(name)) {}
  constexpr size_t place() const { return place_; }

 private:
  static consteval size_t PlaceOf(absl::string_view name) {
    for (size_t place = 0; place < kSteps.size(); ++place) {
      if (kSteps[place] == name) return place;
    }
    NoSuchStep();
    return kSteps.size();
  }

  size_t place_;
};

// Tells that a step has been reached.
inline void Reach(StepName step) {
  const StepListener listener = step_listener.load(std::memory_order_relaxed);
  if (listener != nullptr) listener(step.place());
}

}  // namespace codeset::store

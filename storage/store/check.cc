#include "storage/store/check.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"

namespace codeset::store {
namespace {

// So many events of the journal are read at a time.
constexpr size_t kEvents = 10'000;
constexpr absl::string_view kCancelled = "the check was cancelled";

}  // namespace

absl::Status BeginStep(const WorkHooks& hooks, absl::string_view step,
                       absl::string_view cancelled) {
  if (hooks.cancelled && hooks.cancelled()) {
    return model::MakeError(model::Reason::kCancelled, cancelled);
  }
  if (hooks.progress) hooks.progress(step);
  return absl::OkStatus();
}

absl::StatusOr<StoreCheck> CheckStore(const Store& store, const WorkHooks& hooks) {
  StoreCheck check;
  const std::shared_ptr<const Catalog> catalog = store.catalog();
  for (const CatalogRelease& release : catalog->releases()) {
    const std::string id = release.id.ToString();
    RETURN_IF_ERROR(BeginStep(hooks, absl::StrCat("verifying release ", id), kCancelled));
    ASSIGN_OR_RETURN(const Verification verified, store.Verify(id));
    RETURN_IF_ERROR(store.Addenda(id).status());
    ++check.releases;
    check.release_pages += verified.pages_checked;
  }
  RETURN_IF_ERROR(BeginStep(hooks, "verifying journal and ledger", kCancelled));
  while (check.events < store.journal_end()) {
    ASSIGN_OR_RETURN(const std::vector<JournalRecord> events, store.Journal(check.events, kEvents));
    if (events.empty()) {
      return DamagedStore(absl::StrCat("event ", check.events + 1, " of the journal is missing"));
    }
    check.events += events.size();
  }
  ASSIGN_OR_RETURN(const LedgerCheck ledger, store.ledger().Verify());
  check.revisions = ledger.revisions;
  check.verifications = ledger.verifications;
  return check;
}

}  // namespace codeset::store

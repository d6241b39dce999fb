#include "tests/fuzz/request_target.h"

#include <google/protobuf/util/json_util.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/label_admin.h"
#include "server/loader.h"
#include "server/record_verification.h"
#include "server/reference_import.h"
#include "storage/source/input.h"
#include "tests/fuzz/fuzz.h"

namespace codeset::fuzz {
namespace {

constexpr char kData[] = CODESET_SOURCE_DIR "/tests/data";

void ImportPages(const server::Backend& backend) {
  server::ImportSession session(backend);
  v1::ImportReferencesRequest options;
  options.mutable_options()->mutable_release()->set_release("2026");
  options.mutable_options()->set_by("alex");
  ExpectOk(session.Take(options), "importing");
  for (const char* code : {"M99.00", "M99.83", "M99.84", "M99.86", "M99.89"}) {
    std::ifstream in(absl::StrCat(kData, "/references/", code, ".json"));
    const std::string json((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    v1::ImportReferencesRequest page;
    Expect(google::protobuf::util::JsonStringToMessage(json,
                                                       page.mutable_documents()->add_references())
               .ok(),
           "a sample page is no page", code);
    ExpectOk(session.Take(page), "importing");
  }
  v1::ImportReferencesRequest end;
  end.mutable_end()->set_documents(session.documents());
  ExpectOk(session.Take(end), "importing");
  ExpectOk(session.Commit().status(), "importing");
}

void Verify(const server::Backend& backend) {
  v1::RecordVerificationRequest request;
  v1::NewVerification& event = *request.add_verifications();
  event.set_id("v1");
  event.set_code("M99.86");
  event.set_revision(1);
  event.set_date("2026-05-08");
  event.set_verifier("Robin");
  event.mutable_release()->set_release("2026");
  event.set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
  ExpectOk(server::RecordVerification(backend, request).status(), "verifying");
  v1::SetUsageCountsRequest counts;
  v1::UsageCount& count = *counts.add_counts();
  count.set_code("M99.86");
  count.set_count(100);
  ExpectOk(server::SetUsageCounts(backend, counts).status(), "counting");
}

void SetLabel(store::Store& store, const std::string& label, const std::string& release) {
  v1::SetLabelRequest request;
  request.set_label(label);
  request.set_release_id(release);
  request.set_by("alex");
  ExpectOk(server::SetLabel(store, request).status(), "labelling");
}

}  // namespace

absl::Time Now() { return absl::FromCivil(absl::CivilHour(2026, 11, 23, 17), absl::UTCTimeZone()); }

WorkFolder::WorkFolder() {
  const bool in_memory = std::filesystem::is_directory("/dev/shm");
  path_ = in_memory ? "/dev/shm/codeset-fuzz-XXXXXX" : "/tmp/codeset-fuzz-XXXXXX";
  Expect(::mkdtemp(path_.data()) != nullptr, "no folder can be made", path_);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<store::Store> OpenStore(const std::string& folder) {
  store::StoreOptions options;
  options.owner = "a fuzz target";
  options.clock = Now;
  absl::StatusOr<std::unique_ptr<store::Store>> store = store::Store::Open(folder, options);
  ExpectOk(store.status(), "a data directory does not open");
  return *std::move(store);
}

server::Backend BackendOf(store::Store& store) {
  return {store, model::EditionRegister::BuiltIn(), Now};
}

void LoadMiniature(store::Store& store, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    auto files = source::ReadInputFiles({absl::StrCat(kData, "/miniature/", id)});
    ExpectOk(files.status(), "reading the miniature");
    v1::LoadOptions options;
    options.set_release_id(id);
    ExpectOk(server::LoadRelease(store, options, *std::move(files), {}).status(), "loading");
  }
}

void AddPagesAndLabels(store::Store& store) {
  const server::Backend backend = BackendOf(store);
  ImportPages(backend);
  Verify(backend);
  SetLabel(store, "prod", "2025");
  SetLabel(store, "prod", "2026");
  SetLabel(store, "trial", "2027");
}

void RequestTarget::OpenData(const std::string& folder) {
  CloseData();
  store_ = OpenStore(folder);
  backend_ = std::make_unique<server::Backend>(BackendOf(*store_));
}

void RequestTarget::CloseData() {
  backend_.reset();
  store_.reset();
}

ReadingTarget::ReadingTarget(const std::string& service) : RequestTarget(service) {
  OpenData(folder());
  LoadMiniature(store(), {"2025", "2026", "2027"});
  AddPagesAndLabels(store());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  TheTarget().Run(TextOf(data, size));
  return 0;
}

}  // namespace codeset::fuzz

// What answers cost in process, without a server: Google Benchmark over a data directory.
//
//   image_benchmark --data_dir DIR [--release 2023] [--benchmark_filter=REGEX …]
//
// Every benchmark asks questions drawn at random beforehand, one after another, on one core;
// `items_per_second` is questions a second.
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/cpp/local_release.h"
#include "codeset/v1/terminology.pb.h"
#include "codeset/v1/validation.pb.h"
#include "server/backend.h"
#include "server/concept_answers.h"
#include "server/validation.h"
#include "storage/image/image.h"
#include "storage/model/concept_id.h"
#include "storage/query/concept_view.h"
#include "storage/query/concept_wire.h"
#include "storage/query/diff.h"
#include "storage/query/diff_messages.h"
#include "storage/query/hierarchy.h"
#include "storage/query/validation.h"
#include "tests/benchmark/benchmark_data.h"

namespace codeset::bench {
namespace {

using image::NodeIndex;

// Rows of a batch to be validated.
constexpr int kBatch = 10'000;
// Codes of a batch to be looked up.
constexpr int kConceptBatch = 1'000;

// Registers a benchmark. (The list of benchmarks owns it, which clang-tidy does not see.)
template <typename Function>
::benchmark::internal::Benchmark* Benchmark(const char* name, Function function) {
  return ::benchmark::RegisterBenchmark(name, std::move(function));  // NOLINT: see above.
}

// Benchmarks a function of a question, over all questions in turn.
template <typename Question, typename Function>
void Register(const char* name, const std::vector<Question>& questions, Function function) {
  Benchmark(name, [&questions, function](::benchmark::State& state) mutable {
    size_t next = 0;
    for ([[maybe_unused]] const auto iteration : state) {
      ::benchmark::DoNotOptimize(function(questions[next]));
      if (++next == questions.size()) next = 0;
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  });
}

void RegisterLookups(const BenchmarkData& data) {
  const image::Image& image = *data.image;
  Register("Find", data.keys, [&image](const std::string& key) { return image.Find(key); });
  Register("ParseAndFind", data.mixed_rows, [&image](const std::string& text) {
    const auto key = model::ParseConceptKey(text);
    return key.ok() ? image.Find(*key) : std::nullopt;
  });
  // As a local code set that holds the release finds them.
  const auto local = std::make_shared<client::LocalRelease>(
      std::make_shared<client::LocalConcepts>(data.image), v1::ResolvedRelease());
  Register("LocalCodeSet/Find", data.mixed_rows,
           [local](const std::string& text) { return local->Find(text); });
  Register("Subsumption", data.pairs, [&image](const auto& pair) {
    return query::Subsumption(image, pair.first, pair.second);
  });
  Register("IsWithin", data.pairs,
           [&image](const auto& pair) { return query::IsWithin(image, pair.first, pair.second); });
  const auto relatives = [&](const char* name, v1::Relation relation) {
    Register(name, data.nodes, [&image, relation](NodeIndex node) {
      return query::FindRelatives(image, node, relation).nodes.size();
    });
  };
  relatives("Ancestors", v1::RELATION_ANCESTORS);
  relatives("Children", v1::RELATION_CHILDREN);
  relatives("Siblings", v1::RELATION_SIBLINGS);
}

void RegisterViews(const BenchmarkData& data) {
  const image::Image& image = *data.image;
  // The first view of this kind reads what all notes refer to.
  query::ViewConcept(image, data.nodes.front(), v1::CONCEPT_VIEW_EFFECTIVE);
  const auto view = [&](const char* name, v1::ConceptView which) {
    Register(name, data.keys, [&image, which](const std::string& key) {
      const auto node = image.Find(key);
      if (!node.has_value()) return size_t{0};
      return query::ViewConcept(image, *node, which).SerializeAsString().size();
    });
  };
  view("GetConcept/basic", v1::CONCEPT_VIEW_BASIC);
  view("GetConcept/full", v1::CONCEPT_VIEW_FULL);
  view("GetConcept/effective", v1::CONCEPT_VIEW_EFFECTIVE);
  const query::ConceptWire wire(image, v1::CONCEPT_VIEW_FULL);
  Register("GetConcept/full_as_bytes", data.keys,
           [&image, wire, bytes = std::string()](const std::string& key) mutable {
             bytes.clear();
             if (const auto node = image.Find(key); node.has_value()) {
               wire.AppendField(v1::GetConceptResponse::kFoundFieldNumber, *node, bytes);
             }
             return bytes.size();
           });
}

// BatchGetConcepts as the server answers it but for the transport, to its answer's bytes.
void RegisterBatches(const BenchmarkData& data) {
  const auto answers = std::make_shared<server::ConceptAnswers>(*data.backend);
  // As many as it takes to ask nearly all codes.
  std::vector<v1::BatchGetConceptsRequest> requests(data.mixed_rows.size() / kConceptBatch);
  for (size_t i = 0; i < requests.size(); ++i) {
    requests[i].mutable_release()->set_release(data.image->release_id());
    requests[i].set_view(v1::CONCEPT_VIEW_FULL);
    for (int j = 0; j < kConceptBatch; ++j) {
      requests[i].add_ids(data.mixed_rows[i * kConceptBatch + j]);
    }
  }
  Benchmark("BatchGetConcepts/mixed", [answers, requests](::benchmark::State& state) {
    size_t next = 0;
    for ([[maybe_unused]] const auto iteration : state) {
      const auto bytes = answers->BatchGetConcepts(requests[next]);
      if (!bytes.ok()) state.SkipWithError("the codes cannot be looked up");
      ::benchmark::DoNotOptimize(bytes->data());
      if (++next == requests.size()) next = 0;
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kConceptBatch);
  })->Unit(::benchmark::kMillisecond);
}

// The client's own copy of a release: codes as people write them.
void RegisterLocal(const BenchmarkData& data) {
  const client::LocalRelease release(std::make_shared<client::LocalConcepts>(data.image), {});
  Register("LocalCodeSet/Find", data.mixed_rows,
           [release](const std::string& text) { return release.Find(text); });
}

// Whether rows are right: what the release says of each, and nothing made of it.
void RegisterVerdicts(const BenchmarkData& data) {
  // No other releases: billable rows need none.
  const auto validator = std::make_shared<query::CodeValidator>(
      *data.image, data.catalog->Find(data.image->release_id())->order(), query::OtherReleases());
  Register("Validate/verdict_of_billable", data.billable_rows,
           [validator](const std::string& row) { return validator->FindBillable(row); });
  // Many at once, as batches are answered.
  const auto texts = std::make_shared<std::vector<absl::string_view>>(data.billable_rows.begin(),
                                                                      data.billable_rows.end());
  Benchmark("Validate/verdicts_of_billable", [validator, texts](::benchmark::State& state) {
    std::vector<NodeIndex> found(kBatch);
    size_t begin = 0;
    for ([[maybe_unused]] const auto iteration : state) {
      if (begin + kBatch > texts->size()) begin = 0;
      validator->FindBillable(absl::MakeConstSpan(*texts).subspan(begin, kBatch),
                              absl::MakeSpan(found));
      ::benchmark::DoNotOptimize(found.data());
      begin += kBatch;
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kBatch);
  })->Unit(::benchmark::kMillisecond);
}

// ValidateCodes as the server answers it but for the transport: a batch, to its answer's bytes.
void RegisterValidation(const BenchmarkData& data) {
  const auto validate = [&](const char* name, const std::vector<std::string>& rows) {
    v1::ValidateCodesRequest request;
    request.mutable_release()->set_release(data.image->release_id());
    for (int i = 0; i < kBatch; ++i) request.add_codes(rows[i]);
    Benchmark(name, [&data, request](::benchmark::State& state) {
      for ([[maybe_unused]] const auto iteration : state) {
        const auto bytes = server::ValidateCodesBytes(*data.backend, request, {});
        if (!bytes.ok()) state.SkipWithError("the rows cannot be validated");
        ::benchmark::DoNotOptimize(bytes->data());
      }
      state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kBatch);
    })->Unit(::benchmark::kMillisecond);
  };
  validate("Validate/billable", data.billable_rows);
  validate("Validate/mixed", data.mixed_rows);
}

// Builds the image anew: from pages that nobody has decoded, and where another release's image
// holds those that both have.
void RegisterBuilding(const BenchmarkData& data) {
  const auto build = [&data](image::PageCache& cache, const store::CatalogRelease& release) {
    return image::Image::Build(data.catalog->SpecOf(release, data.store->Today()),
                               data.catalog->pages(), cache);
  };
  const std::vector<store::CatalogRelease>& releases = data.catalog->releases();
  for (const bool shared : {false, true}) {
    ::benchmark::RegisterBenchmark(shared ? "BuildImage/beside_neighbour" : "BuildImage/alone",
                                   [&releases, &data, build, shared](::benchmark::State& state) {
                                     const store::CatalogRelease* release =
                                         data.catalog->Find(data.image->release_id());
                                     for ([[maybe_unused]] const auto iteration : state) {
                                       state.PauseTiming();
                                       image::PageCache cache;
                                       std::shared_ptr<const image::Image> neighbour;
                                       if (shared && release != releases.data())
                                         neighbour = *build(cache, release[-1]);
                                       state.ResumeTiming();
                                       auto image = build(cache, *release);
                                       if (!image.ok())
                                         state.SkipWithError("the image cannot be built");
                                       state.PauseTiming();
                                       // Its end is not part of it.
                                       image = std::shared_ptr<const image::Image>();
                                       neighbour.reset();
                                       state.ResumeTiming();
                                     }
                                   })
        ->Unit(::benchmark::kMillisecond);
  }
}

// The release against itself, and against the one before.
void RegisterDiffs(const BenchmarkData& data) {
  const store::CatalogRelease* release = data.catalog->Find(data.image->release_id());
  std::shared_ptr<const image::Image> before = data.image;
  if (release != data.catalog->releases().data()) {
    if (auto opened = data.store->GetImage(*data.catalog, release[-1].id.ToString()); opened.ok()) {
      before = *opened;
    }
  }
  const auto compare = [&data](const char* name, const std::shared_ptr<const image::Image>& from) {
    Benchmark(name, [&data, from](::benchmark::State& state) {
      for ([[maybe_unused]] const auto iteration : state) {
        size_t bytes = 0;
        for (const query::Change& change : query::Diff(*from, *data.image, {})) {
          bytes += query::ToMessage(*from, *data.image, change).SerializeAsString().size();
        }
        ::benchmark::DoNotOptimize(bytes);
      }
    })->Unit(::benchmark::kMicrosecond);
  };
  compare("Diff/equal", data.image);
  compare("Diff/neighbour", before);
}

int Main(int argc, char** argv) {
  ::benchmark::Initialize(&argc, argv);
  CLI::App app("What answers cost in process", "image_benchmark");
  std::string data_dir, release = "2023";
  app.add_option("--data_dir", data_dir, "A data directory that no server has open")->required();
  app.add_option("--release", release, "The release to ask")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto data = BenchmarkData::Open(data_dir, release);
  if (!data.ok()) {
    std::cerr << "image_benchmark: " << data.status() << std::endl;
    return 1;
  }
  RegisterLookups(**data);
  RegisterViews(**data);
  RegisterBatches(**data);
  RegisterLocal(**data);
  RegisterVerdicts(**data);
  RegisterValidation(**data);
  RegisterBuilding(**data);
  RegisterDiffs(**data);
  ::benchmark::RunSpecifiedBenchmarks();
  ::benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace codeset::bench

int main(int argc, char** argv) { return codeset::bench::Main(argc, argv); }

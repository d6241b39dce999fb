// What notes name, read by a person: a hundred texts as the publisher's notes have them.

#include "storage/model/note_reference.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace codeset::model {
namespace {

// Three characters that look like a category and are none of any release.
bool IsCategory(absl::string_view text) {
  for (const absl::string_view none : {"B12", "GM2", "CR3", "GH1", "K93", "X09", "E14", "G6P"}) {
    if (text == none) return false;
  }
  return absl::ascii_isdigit(text[1]);
}

std::string Describe(const NoteReference& reference) {
  std::string text = reference.first;
  if (!reference.last.empty()) absl::StrAppend(&text, "..", reference.last);
  for (const CharacterCondition& condition : reference.conditions) {
    absl::StrAppend(&text, " ", absl::StrJoin(condition.positions, "|"), "=", condition.characters);
  }
  return text;
}

// `L55`, `I47..I49`, `T36..T50 5|6=5`; then what could not be read after a question mark.
std::string Read(absl::string_view text) {
  const NoteReferences found = ReadNoteReferences(text, IsCategory);
  std::vector<std::string> parts;
  for (const NoteReference& reference : found.read) parts.push_back(Describe(reference));
  for (const UnreadWords& words : found.unread) {
    parts.push_back(absl::StrCat("?", text.substr(words.begin, words.end - words.begin)));
  }
  return absl::StrJoin(parts, ", ");
}

struct Case {
  const char* text;
  const char* named;
};

constexpr Case kHundredNotes[] = {
    // One code.
    {"sunburn (L55.-)", "L55"},
    {"leprosy (A30.-)", "A30"},
    {"sequelae of leprosy (B92)", "B92"},
    {"tetany NOS (R29.0 )", "R290"},
    {"adverse effect NOS (T88.7  )", "T887"},
    {"vitamin B12 deficiency (E53.8)", "E538"},
    {"vitamin B12 deficiency anemia (D51.-)", "D51"},
    {"influenza A/H1N1 (J10.-)", "J10"},
    {"pathologic fracture due to osteoporosis (M80-) ", "M80"},
    {"postoophorectomy osteoporosis ( M81.8)", "M818"},
    {"injury to visual cortex S04.04-", "S0404"},
    {"jaw pain R68.84", "R6884"},
    {"sepsis NOS A41.9", "A419"},
    {"B-cell lymphoma, unspecified C85.1-", "C851"},
    {"Conditions in A54.-", "A54"},
    {"code from category Z3A, Weeks of gestation", "Z3A"},
    {"code from I11 to identify the type of hypertensive heart disease", "I11"},
    {"Category D49 classifies by site neoplasms", "D49"},
    {"Code C91.0 should only be used for T-cell and B-cell precursor leukemia", "C910"},
    {"Y93.A Activities involving other cardiorespiratory exercise", "Y93A"},
    {"hearing loss as classified in H90.-", "H90"},
    {"gout (M1A.-)", "M1A"},
    {"malignant carcinoid tumor (C7A.0-)", "C7A0"},
    {"poisoning (T47.0x1-)", "T470X1"},
    {"giant cell arteritis (M31.5., M31.6)", "M315, M316"},
    {"drowning due to other accident (V94...)", "V94"},
    {"any condition in N18 and N26 - due to hypertension", "N18, N26"},
    {"concussion with injuries classified in category S06- code to the injury", "S06"},
    {"glucose-6-phosphate dehydrogenase (G6PD) deficiency (D75.A)", "D75A"},
    {"hepatic fibrosis, stage F4 (K74.6-)", "K746"},
    // Lists.
    {"diabetes mellitus (E08.-, E10.-)", "E08, E10"},
    {"traumatic fracture (S12.-, S22.-)", "S12, S22"},
    {"influenza with involvement of gastrointestinal tract (J09.X3, J10.2, J11.2)",
     "J09X3, J102, J112"},
    {"malignant neoplasm of auricular canal (external) (C43.2-,C44.2-)", "C432, C442"},
    {"Functional disturbances following cardiac surgery (I97.0, I97.1-)", "I970, I971"},
    {"alcoholism (F10.15-, F10.25-, F10.95-)", "F1015, F1025, F1095"},
    {"Injuries to the spinal cord (S24.0 and S24.1) refer to the cord", "S240, S241"},
    {"code to identify the deep vein thrombosis (I82.62-. I82.72-)", "I8262, I8272"},
    {"associated influenza, if applicable (J09.X1, J10.0-, -J11.0-)", "J09X1, J100, J110"},
    {"keratocysts D16.4, D16.5", "D164, D165"},
    {"skin of nose C44.301, C44.311, C44.391)", "C44301, C44311, C44391"},
    {"encounter for examination (Z00-Z01, Z02.8-Z02.9, )", "Z00..Z01, Z028..Z029"},
    {"Conditions in T74.11 or T76.11", "T7411, T7611"},
    {"from categories E08, E09 and E13 to further identify any manifestation", "E08, E09, E13"},
    {"malignant neoplasm of lymph nodes (C81-C86, C88, C96.-)", "C81..C86, C88, C96"},
    {"other acute respiratory tract infections (J00-J06; J20-J22)", "J00..J06, J20..J22"},
    {"malignant neoplasm of lip and pharynx (C00-C14 , C33)", "C00..C14, C33"},
    {"abscess of intestine with Crohn's disease (K50.014, K50.914,)", "K50014, K50914"},
    // Ranges.
    {"injury, poisoning and external causes (S00-T88)", "S00..T88"},
    {"cardiac arrhythmias (I47-I49.-)", "I47..I49"},
    {"rheumatic fever with heart involvement (I01.0 - I01.9)", "I010..I019"},
    {"rheumatic fever with heart involvement (I01.0 -I01.9)", "I010..I019"},
    {"frostbite (T33- T34)", "T33..T34"},
    {"diabetic retinal disorders (E08.311- E08.359)", "E08311..E08359"},
    {"atherosclerosis of the extremities (I70.2--I70.7-)", "I702..I707"},
    {"fracture of cervical vertebra (S12.0--S12.6.-)", "S120..S126"},
    {"drug dependence (F10.--F19.-)", "F10..F19"},
    {"drug dependence (F10.- -F19.-)", "F10..F19"},
    {"drug dependence (F10.-F19.-)", "F10..F19"},
    {"head injury (S00.- to S09.-)", "S00..S09"},
    {"Use codes R40.21- through R40.23- only when documented", "R4021..R4023"},
    {"opioid poisoning (T40.0-T40.2-)", "T400..T402"},
    {"stasis dermatitis (I83.1-.2)", "I831..I832"},
    {"conditions classifiable to S06.0- to S06.8-code to the injury", "S060..S068"},
    {"infections classified to A00-B99", "A00..B99"},
    {"exposure to fire and flames (X00-X09)", "X00..X09"},
    {"Conditions in K00-K93", "K00..K93"},
    {"conditions in O00-O77.-, O85-O94 and O98-O9A.- as the cause", "O00..O77, O85..O94, O98..O9A"},
    {"For codes G31.0-G31.83, G31.85-G31.9, use additional code to identify:",
     "G310..G3183, G3185..G319"},
    {"(T51-T65) to identify chemical and intent for codes T27.4-T27.7", "T51..T65, T274..T277"},
    {"external cause code (W88-W90, X39.0-) to identify cause", "W88..W90, X390"},
    {"Conditions classifiable to C7A.022-C7A.025, C7A.029", "C7A022..C7A025, C7A029"},
    // Some characters of codes.
    {"code for adverse effect to identify drug (T36-T50 with fifth or sixth character 5)",
     "T36..T50 5|6=5"},
    {"adverse effect of drug (T36-T50 with fifth or six character 5)", "T36..T50 5|6=5"},
    {"poisoning, if applicable (T36-T65 with fifth or sixth character 1-4 or 6)",
     "T36..T65 5|6=12346"},
    {"toxin (T51-T65 with fifth or sixth character to indicate intent), for pneumonia", "T51..T65"},
    {"adverse effect due to salicylates (T39.0-, with sixth character 5)", "T390 6=5"},
    {"open skull fracture (S02.- with 7th character B)", "S02 7=B"},
    {"open fracture of shoulder (S42.- with 7th character B or C)", "S42 7=BC"},
    {"open fracture of foot (S92.-with 7th character B)", "S92 7=B"},
    {"fluency disorder following stroke (I69. with final characters -23)", "I69 5=2 6=3"},
    {"Charcôt's joint in diabetes mellitus (E08-E13 with final characters 610)",
     "E08..E13 4=6 5=1 6=0"},
    {"respiratory failure with hypercapnia (J96. with 5th character 2)", "J96 5=2"},
    {"whooping cough with pneumonia (A37 with fifth-character 1)", "A37 5=1"},
    {"infectious mononucleosis (B27.0-B27.9 with 1)", "B270..B279 5=1"},
    {"neuralgic amyotrophy in diabetes mellitus (E08-E13 with .44)", "E08..E13 4=4 5=4"},
    {"diabetes mellitus (E08-E13 with 4th character .61-)", "E08..E13 4=6 5=1"},
    {"dementia (F10-F19, with .17, .27)", "F10..F19 4=1 5=7, F10..F19 4=2 5=7"},
    {"amnestic disorder (F10, F13 with .26)", "F10 4=2 5=6, F13 4=2 5=6"},
    {"diabetic angiopathy (E08-E13 with .51-.52)", "E08..E13 4=5 5=1, E08..E13 4=5 5=2"},
    {"diabetic autonomic neuropathy (E09-14 with .43)", "E09..E14 4=4 5=3"},
    {"see categories E08-E13 with ketoacidosis", "E08..E13"},
    // No codes.
    {"Acute myeloblastic leukemia with t(8;21)", ""},
    {"E. coli O157:H- (nonmotile) with confirmation of Shiga toxin", ""},
    {"C7-T1 disc disorder with myelopathy", ""},
    {"Adult GM2 gangliosidosis", ""},
    // Not to be read.
    {"reactive attachment disorder of childhood (F94.l)", "?F94.l"},
    {"open fracture of elbow (S52.- with open fracture 7th character)",
     "?S52.- with open fracture 7th character"},
    {"current adult sexual abuse (T74. 21, T76.11)", "T7611, ?T74. 21"},
    {"One code from subcategories R40.21-R40-23 is required", "?R40.21-R40-23"},
};
static_assert(std::size(kHundredNotes) == 100);

TEST(NoteReferenceTest, ReadsAHundredNotesAsAPersonDoes) {
  for (const Case& note : kHundredNotes) EXPECT_EQ(Read(note.text), note.named) << note.text;
}

TEST(NoteReferenceTest, ReadsNoMoreThanItCan) {
  constexpr Case kCases[] = {
      {"", ""},
      {"(", ""},
      {"A", ""},
      {"A1", ""},
      {"A15", ""},
      {"in A15", "A15"},
      {"(A15", "A15"},
      {"in A15.", "A15"},
      {"A15-", "A15"},
      {"A15.-", "A15"},
      {"A15.0-A", "A150"},
      {"Growth hormone gene 1 (GH1) defect", ""},
      {"Influenza A/H5N1", ""},
      {"Non-O157 Escherichia coli", ""},
      {"CD30-positive lymphoma", ""},
      {"C5-C7 level of cervical spinal cord", ""},
      {"Anoctamin-5-related LGMD R12", ""},
      {"Z99.99999", "?Z99.99999"},
      {"alcoholic hallucinations (F1.5)", "?F1.5"},
      {"alcoholic hallucinations F1.5", ""},
      {"pedal cycle rider collision (Vl6.-)", "?Vl6.-"},
      {"health check for child under 29 days old (Z0.11-)", "?Z0.11-"},
      {"drug abuse and dependence (F11.- F17.-)", "?F11.- F17.-"},
      {"postpartum anemia (O90-.81)", "?O90-.81"},
      {"liver disease (B27.0-B27.9 with .9)", "?B27.0-B27.9 with .9"},
      // No code has an eighth character.
      {"injury (S39.0- with 7th characters 12)", "?S39.0- with 7th characters 12"},
      {"injury (S39.0- with final characters ----1)", "?S39.0- with final characters ----1"},
      // Of what one `with …` narrows all is read, or nothing.
      {"(A52.1, E08.1-E13.12 with 1)", "?A52.1, E08.1-E13.12 with 1"},
      {"codes in S06 with 6th character 7 - death, or 8 - death due to other cause",
       "?S06 with 6th character 7 - death, or 8 - death due to other cause"},
      {"external cause (S0600)", "?S0600"},
      {"QA0.0101 and (QA1.-)", "QA00101, QA1"},
      {"(C4A.-", "C4A"},
  };
  for (const Case& note : kCases) EXPECT_EQ(Read(note.text), note.named) << note.text;
}

TEST(NoteReferenceTest, TellsWhereTheWordsStand) {
  const std::string text = "Charcôt's joint (A52.16, E08-E13 with .610)";
  const NoteReferences found = ReadNoteReferences(text, IsCategory);
  ASSERT_EQ(found.read.size(), 2U);
  const auto words = [&](const NoteReference& reference) {
    return text.substr(reference.begin, reference.end - reference.begin);
  };
  EXPECT_EQ(words(found.read[0]), "A52.16");
  EXPECT_EQ(words(found.read[1]), "E08-E13 with .610");
}

TEST(NoteReferenceTest, MeetsAConditionByACodesOwnCharacters) {
  const CharacterCondition condition{{5, 6}, "5"};
  EXPECT_TRUE(Meets("T360X5A", condition));
  EXPECT_TRUE(Meets("T360X5", condition));
  EXPECT_FALSE(Meets("T360X1A", condition));
  // What lies below could be either.
  EXPECT_FALSE(Meets("T360X", condition));
}

}  // namespace
}  // namespace codeset::model

# cmake -DMODELS=<file;file;...> -DOUTPUT=<file.cpp> -P embed_models.cmake
# Writes the files as string literals. The text of a DDF file never holds the delimiter.
set(text "// Generated from models/*.xml.\n#include \"lwm2m/model/core_models.hpp\"\n\n")
string(APPEND text "namespace linnet::lwm2m {\nnamespace {\nconstexpr std::string_view kModels[] = {\n")
foreach(model IN LISTS MODELS)
  file(READ "${model}" xml)
  string(APPEND text "R\"ddf(${xml})ddf\",\n")
endforeach()
string(APPEND text "};\n}  // namespace\n\nstd::span<const std::string_view> core_models() { return kModels; }\n\n")
string(APPEND text "}  // namespace linnet::lwm2m\n")
file(WRITE "${OUTPUT}" "${text}")

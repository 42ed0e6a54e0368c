// Called like a libcurl of another sort.
extern "C" const char* curl_version() { return "another"; }

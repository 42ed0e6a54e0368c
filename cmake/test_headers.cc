// Has the headers of all tests precompiled.

"""The pages of the portal, a module for each part of it; they do not call one another."""
